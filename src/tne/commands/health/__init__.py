"""What is checked by `tne doctor`: the machine, and the workspace. Findings name files and counts, never people."""
