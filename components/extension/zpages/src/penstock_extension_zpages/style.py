"""How the pages look, in light and in dark."""

from typing import Final

__all__ = ("STYLE",)

STYLE: Final = """
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --line: #dfe3e8; --text: #1d2530;
  --soft: #667; --link: #0b62c4; --good: #17803d; --warn: #a86400; --bad: #c22f2f; }
@media (prefers-color-scheme: dark) { :root { --back: #14171c; --card: #1c2027; --line: #313741;
  --text: #e4e8ee; --soft: #98a2b0; --link: #6db3ff; --good: #4cc47a; --warn: #e3a63c; --bad: #ff7b72; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; padding: .8rem 1.5rem; background: var(--card);
  border-bottom: 1px solid var(--line); }
nav { display: flex; flex-wrap: wrap; gap: 1rem; }
main { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem 3rem; }
h1 { font-size: 1.5rem; margin: 1.5rem 0 1rem; } h2 { font-size: 1.05rem; margin: 0 0 .8rem; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem 1.2rem;
  margin-bottom: 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .3rem 1rem .3rem 0; vertical-align: top; }
tbody tr { border-top: 1px solid var(--line); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
code { font: 13px/1.4 ui-monospace, monospace; overflow-wrap: anywhere; }
.none { color: var(--soft); margin: 0; }
.flow { display: flex; flex-wrap: wrap; align-items: center; gap: .4rem .6rem; margin: 0 0 1rem; }
.chip { border: 1px solid var(--line); border-radius: 99px; padding: .1rem .7rem; }
.stage { color: var(--soft); }
.good { color: var(--good); } .warn { color: var(--warn); } .bad { color: var(--bad); }
"""
