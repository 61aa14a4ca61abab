"""`lineside completion`: a script that completes commands and options, made from the tree of commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from app.cli.command import Answer, Call, argument, command


@command("completion", argument("shell", choices=("bash", "zsh")))
def completion(call: Call) -> Answer:
    """Print the completion script of a shell.

    bash:  lineside completion bash > ~/.local/share/bash-completion/completions/lineside
    zsh:   lineside completion zsh > "${fpath[1]}/_lineside"
    """
    from app.cli.main import build_parser

    script = {"bash": bash, "zsh": zsh}[call.options.shell](build_parser())
    return Answer({"shell": call.options.shell, "script": script}, script)


def bash(top: argparse.ArgumentParser) -> str:
    """For bash: words by the commands typed so far; files where there are none."""
    cases = "\n".join(f"    {_quoted(path)}) words={_quoted(' '.join(words))} ;;" for path, words in tree(top))
    valued = "|".join(sorted(_valued(top)))
    return f"""\
# bash completion for lineside
_lineside() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} path="" words="" skip="" word
  COMPREPLY=()
  case $previous in {valued}) COMPREPLY=($(compgen -f -- "$current")); return ;; esac
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    if [[ -n $skip ]]; then skip=""; continue; fi
    case $word in {valued}) skip=1; continue ;; -*) continue ;; esac
    path="${{path:+$path }}$word"
  done
  while :; do
    case $path in
{cases}
    *) words="" ;;
    esac
    [[ -n $words || $path != *" "* ]] && break
    path=${{path% *}}
  done
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ ${{#COMPREPLY[@]}} -eq 0 && $current != -* ]] && COMPREPLY=($(compgen -f -- "$current"))
}}
complete -o filenames -F _lineside lineside"""


def zsh(top: argparse.ArgumentParser) -> str:
    """For zsh: the same tree, with the help texts beside the words."""
    cases = []
    for path, words in tree(top):
        helps = _helps(top, path)
        entries = " ".join(_quoted(f"{_escaped(word)}:{_escaped(helps.get(word, ''))}") for word in words)
        cases.append(f"    {_quoted(path)}) entries=({entries}) ;;")
    joined = "\n".join(cases)
    valued = "|".join(sorted(_valued(top)))
    return f"""\
#compdef lineside
_lineside() {{
  local path_ word skip=""
  local -a entries
  for word in "${{(@)words[2,CURRENT-1]}}"; do
    if [[ -n $skip ]]; then skip=""; continue; fi
    case $word in {valued}) skip=1; continue ;; -*) continue ;; esac
    path_="${{path_:+$path_ }}$word"
  done
  if [[ -n $skip ]]; then _files; return; fi
  while :; do
    case $path_ in
{joined}
    *) entries=() ;;
    esac
    [[ ${{#entries}} -gt 0 || $path_ != *" "* ]] && break
    path_=${{path_% *}}
  done
  if [[ $PREFIX == -* ]]; then
    _describe -o command entries
  else
    entries=(${{entries:#-*}})
    (( ${{#entries}} )) && _describe command entries || _files
  fi
}}
if [[ $funcstack[1] == _lineside ]]; then _lineside "$@"; else compdef _lineside lineside; fi"""


def tree(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """Each command's words so far, and what may follow them."""
    branches = _branches(parser)
    options = [name for action in parser._actions for name in action.option_strings if name.startswith("--")]
    choices = [str(c) for a in parser._actions if not a.option_strings and not isinstance(a, argparse._SubParsersAction)
               for c in a.choices or ()]  # fmt: skip
    yield path, [*branches, *choices, *options]
    for word, child in branches.items():
        yield from tree(child, f"{path} {word}".strip())


def _branches(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}


def _helps(top: argparse.ArgumentParser, path: str) -> dict[str, str]:
    parser = top
    for word in path.split():
        parser = _branches(parser)[word]
    found: dict[str, str] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= {choice.dest: choice.help or "" for choice in action._choices_actions}
        found |= dict.fromkeys(action.option_strings, action.help or "")
    return found


def _valued(parser: argparse.ArgumentParser) -> set[str]:
    """Options that take a value."""
    own = {name for action in parser._actions if action.nargs != 0 for name in action.option_strings}
    return own.union(*map(_valued, _branches(parser).values()))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")
