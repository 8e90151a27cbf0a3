"""The analyst's desk: choose, see the number with its checks, and take it along as code.

`choices` says what can be asked, `ask` answers, `compare` sets two cohorts side by side, `trace` takes a published
number apart, `panel` puts it all behind a few controls. Everything here stays at the desk: numbers are exact, and what
a report would hide is shown and marked.
"""
