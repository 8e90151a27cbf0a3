"""The published page in the other formats that people use: workbook, slides, a table of estimates."""
