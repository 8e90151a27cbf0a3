-- What the other files use by name. Any engine gets them: DuckDB as macros, the others written out.

-- Weeks from Monday 1970-01-05 to the week of a day.
CREATE MACRO week_of(on_day) AS
    CAST(FLOOR(DATE_DIFF('day', DATE '1970-01-05', on_day) / 7.0) AS BIGINT);

-- An instant as the time on a clock in UTC. A plain cast asks the library of time zones for every row, which takes
-- longer than all the rest.
CREATE MACRO as_utc(instant) AS MAKE_TIMESTAMP(EPOCH_US(instant));

-- A sum of floats that is the same in any order, so for any number of threads and on any engine. Adding and taking away
-- 1.5 * 2^36 rounds a number to a multiple of 2^-16, and 1.5 * 2^9 rounds what is left to a multiple of 2^-43: sums of
-- such multiples are exact below 2^53 of them, whatever their order. That holds while the sum stays below 1e11 and the
-- rows of a group below 1e8; beyond, it is as good as any sum of floats. (Rounding to a grid before adding: Demmel and
-- Nguyen 2013, doi 10.1109/ARITH.2013.9.)
CREATE MACRO exact_sum(x) AS (
    SUM((x + 103079215104e0) - 103079215104e0)
    + SUM(((x - ((x + 103079215104e0) - 103079215104e0)) + 768e0) - 768e0)
);
