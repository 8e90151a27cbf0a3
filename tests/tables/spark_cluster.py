"""A Spark cluster of the tests' own: a master and two workers with a process each for their work, on this machine."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

JAVA = sorted([*Path("/usr/lib/jvm").glob("java-17-*"), *Path("/usr/lib/jvm").glob("*openjdk-17*")])
MISSING = (
    "pyspark is not installed (pip install 'tne[spark]')"
    if find_spec("pyspark") is None
    else "Java 17 is not installed (Debian: openjdk-17-jre-headless)"
    if not JAVA
    else ""
)
# Small queries are spared the compiler, which would take most of their time.
SETTINGS = """\
spark.master local-cluster[2,1,1024]
spark.driver.memory 2g
spark.executor.memory 1g
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.ui.enabled false
spark.ui.showConsoleProgress false
spark.log.level ERROR
spark.sql.shuffle.partitions 2
spark.sql.codegen.wholeStage false
spark.sql.codegen.factoryMode NO_CODEGEN
"""


@contextmanager
def cluster() -> Iterator[None]:
    """Start the cluster as Spark's own configuration says; what opens a session in this process meets it."""
    import pyspark
    from pyspark.sql import SparkSession

    folder = Path(tempfile.mkdtemp(prefix="tne-spark-"))
    told = f"{SETTINGS}spark.sql.warehouse.dir {folder}/warehouse\nspark.local.dir {folder}/local\n"
    (folder / "spark-defaults.conf").write_text(told)
    asked = {
        "JAVA_HOME": str(JAVA[0]),
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "SPARK_WORKER_DIR": str(folder / "work"),
    }
    before = {name: os.environ.get(name) for name in asked}
    os.environ.update(asked)
    session = SparkSession.builder.getOrCreate()
    try:
        yield
    finally:
        session.stop()
        shutil.rmtree(folder, ignore_errors=True)
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


def executors() -> int:
    """Number of processes that compute, the driver not counted."""
    from pyspark.sql import SparkSession

    seen = SparkSession.builder.getOrCreate().sparkContext._jsc.sc().getExecutorMemoryStatus()
    return seen.size() - 1


def register(root: Path, schema: str) -> None:
    """Make a schema of the catalog whose tables are the files of a workspace."""
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    session.sql(f"CREATE DATABASE {schema}")
    for folder in sorted((root / "tables").iterdir()):
        session.sql(f"CREATE TABLE {schema}.{folder.name} USING PARQUET OPTIONS (path '{folder}')")
        if any(folder.glob("market=*")):
            session.sql(f"MSCK REPAIR TABLE {schema}.{folder.name}")
