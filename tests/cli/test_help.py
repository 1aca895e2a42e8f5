"""Help, the manual page, completions and suggestions: all from the one table of options."""

from __future__ import annotations

import re
import subprocess

import pytest

from conftest import Runner, Tree


def bash(script: str, run: Runner, *words: str) -> list[str]:
    """What bash offers for the last of `words`."""
    quoted = " ".join(f"'{w}'" for w in words)
    code = f"{script}\nCOMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _leaktrawl\n"
    code += 'printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(
        ["bash", "--norc", "-c", code], cwd=run.work, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def options_of(run: Runner, *command: str) -> set[str]:
    return set(re.findall(r"^ +(?:-\w, )?(--[\w-]+)", run(*command, "-h").stdout.decode(), re.M))


@pytest.mark.parametrize("typed", [["scna"], ["scans"], ["rules", "lst"], ["hook", "instal"]])
def test_a_mistyped_command(run: Runner, typed: list[str]):
    result = run(*typed)
    meant = {"scna": "scan", "scans": "scan", "rules": "rules list", "hook": "hook install"}
    assert result.status == 2
    assert f"did you mean {meant[typed[0]]}?" in result.stderr_line()


def test_a_mistyped_command_behind_help(run: Runner):
    assert "did you mean scan?" in run("help", "scna").stderr_line()
    assert run("frobnicate", "--help").status == 2


@pytest.mark.parametrize("typed", [["hook"], ["hook", "frob"], ["help", "hook", "frob"]])
def test_the_first_of_two_words(run: Runner, typed: list[str]):
    result = run(*typed)
    assert result.status == 2
    assert '"hook" needs one of install, uninstall' in result.stderr_line()


def test_help_of_commands_of_two_words(run: Runner):
    """All that begin with a word, or the one that both name."""
    usages = {
        ("help", "hook"): ["hook install [REPO]", "hook uninstall [REPO]"],
        ("hook", "-h"): ["hook install [REPO]", "hook uninstall [REPO]"],
        ("help", "hook", "uninstall"): ["hook uninstall [REPO]"],
        ("hook", "uninstall", "--help"): ["hook uninstall [REPO]"],
    }
    for typed, expected in usages.items():
        shown = run(*typed).stdout.decode()
        assert re.findall("^Usage: leaktrawl (.*)$", shown, re.M) == expected


def test_the_overview_has_two_columns(run: Runner):
    shown = run("--help").stdout.decode()
    commands = shown[shown.index("Commands:\n") : shown.index("Options:\n")].splitlines()[1:-1]
    assert len(commands) > 20
    for line in commands:
        name, _, text = line[2:].partition("  ")
        assert not text or line.rindex(text.strip()) == 28, line


def test_a_mistyped_option_or_word(run: Runner):
    assert "did you mean --format?" in run("scan", "--fromat", "text").stderr_line()
    assert "did you mean jsonl?" in run("scan", "--format", "jsnol").stderr_line()
    assert "did you mean" not in run("scan", "--frobnicate").stderr_line()


def test_a_path_in_place_of_a_command(run: Runner, tree: Tree):
    tree.mkdir("src")
    assert "leaktrawl scan src" in run("src").stderr_line()


def test_short_and_long_help(run: Runner):
    short, long = run("scan", "-h").stdout.decode(), run("scan", "--help").stdout.decode()
    assert "wrong path" not in short and "wrong path" in " ".join(long.split())
    assert long == run("help", "scan").stdout.decode()
    assert max(map(len, short.splitlines())) <= 80
    assert max(map(len, long.splitlines())) <= 80


def test_the_manual_page_names_everything(run: Runner):
    page = run("generate", "man").stdout.decode()
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-P-c"],
        input=page,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    shown = re.sub("\x1b\\[[0-9;]*m|.\x08", "", done.stdout.replace("‐", "-"))
    for command in ("scan", "history", "staged", "pushed", "hook install", "generate"):
        assert f"\n       {command}" in shown
        for option in options_of(run, *command.split()):
            assert option in page.replace("\\-", "-"), option
    assert "EXIT STATUS" in shown and "ENVIRONMENT" in shown


def test_completions_for_bash(run: Runner, tree: Tree):
    tree.write("file.txt", "")
    script = run("generate", "bash").stdout.decode()
    assert {"scan", "hook", "rules"} <= set(bash(script, run, "leaktrawl", ""))
    assert bash(script, run, "leaktrawl", "his") == ["history"]
    assert bash(script, run, "leaktrawl", "hook", "") == ["install", "uninstall"]
    assert bash(script, run, "leaktrawl", "hook", "install", "--fo") == ["--force"]
    assert bash(script, run, "leaktrawl", "help", "his") == ["history"]
    assert bash(script, run, "leaktrawl", "help", "hook", "") == ["install", "uninstall"]
    assert bash(script, run, "leaktrawl", "help", "scan", "") == []
    assert bash(script, run, "leaktrawl", "generate", "") == ["man", "bash", "zsh", "fish"]
    assert set(bash(script, run, "leaktrawl", "scan", "--")) == options_of(run, "scan")
    assert "jsonl" in bash(script, run, "leaktrawl", "scan", "--format", "js")
    assert "jsonl" in bash(script, run, "leaktrawl", "scan", "--format", "=", "js")
    assert bash(script, run, "leaktrawl", "scan", "fi") == ["file.txt"]


def test_completions_for_zsh(run: Runner):
    script = run("generate", "zsh").stdout.decode()
    stubs = "_describe() { print -l $commands }; _arguments() { print -l -- $@ }; _files() { }\n"

    def offered(*words: str) -> str:
        code = f"{stubs}words=({' '.join(words)}); CURRENT={len(words)}\n{script}"
        done = subprocess.run(
            ["zsh", "-f", "-c", code], capture_output=True, text=True, check=True
        )
        assert done.stderr == ""
        return done.stdout

    def words(*typed: str) -> list[str]:
        """What may stand next. A word with a space in it would be put in as one, with a backslash."""
        return [line.split(":")[0] for line in offered("leaktrawl", *typed, "''").splitlines()]

    assert words() == words("help")
    assert {"scan", "hook", "rules"} <= set(words()) and " " not in "".join(words())
    assert words("hook") == words("help", "hook") == ["install", "uninstall"]
    assert words("generate") == ["man", "bash", "zsh", "fish"]
    scan = offered("leaktrawl", "scan", "--f")
    for option in options_of(run, "scan"):
        assert option in scan, option
    assert "--force" in offered("leaktrawl", "hook", "install", "''")
    assert "--force" not in scan


def test_completions_for_fish(run: Runner, tree: Tree):
    script = tree.write("leaktrawl.fish", run("generate", "fish").stdout)

    def offered(line: str) -> set[str]:
        done = subprocess.run(
            ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
            env={"HOME": str(tree.root), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
        )
        return {word.split("\t")[0] for word in done.stdout.splitlines()}

    assert {"scan", "hook", "rules"} <= offered("leaktrawl ")
    assert offered("leaktrawl hook ") == {"install", "uninstall"}
    assert offered("leaktrawl help hook ") == {"install", "uninstall"}
    assert {"scan", "hook", "rules"} <= offered("leaktrawl help ")
    assert offered("leaktrawl generate ") == {"man", "bash", "zsh", "fish"}
    assert options_of(run, "scan") <= offered("leaktrawl scan --")
    assert "jsonl" in offered("leaktrawl scan --format ")


def test_an_unknown_kind(run: Runner):
    result = run("generate", "powershell")
    assert result.status == 2 and "bash" in result.stderr_line()


BUCKET_OPTIONS = {
    "--include": ["x"],
    "--exclude": ["x"],
    "--max-object-size": ["1K"],
    "--addressing-style": ["path"],
    "--resume": ["state"],
    "--no-sign-request": [],
    "--requester-pays": [],
    "--versions": [],
}
SHARED_OPTIONS = {
    "--profile": ["p"],
    "--region": ["eu-west-1"],
    "--endpoint-url": ["http://127.0.0.1:1"],
}
VERIFY_OPTIONS = {
    "--canary-accounts": ["f"],
    "--verify-cache": ["f"],
    "--verify-only": ["ours"],
    "--verify-partition": ["aws"],
    "--verify-rps": ["5"],
    "--verify-timeout": ["5"],
    "--user-agent": ["us"],
}


@pytest.mark.parametrize("option", [*BUCKET_OPTIONS, *SHARED_OPTIONS, *VERIFY_OPTIONS])
def test_an_option_that_would_do_nothing(run: Runner, tree: Tree, option: str):
    tree.write("f", "nothing\n")
    value = (BUCKET_OPTIONS | SHARED_OPTIONS | VERIFY_OPTIONS)[option]
    result = run("scan", option, *value, "f")
    assert result.status == 2 and result.stdout == b""
    needed = "--verify" if option in VERIFY_OPTIONS else "an s3:// target"
    assert f"{option} does nothing without {needed}" in result.stderr_line()
    instead = {
        "--include": "--include-path",
        "--exclude": "--exclude-path",
        "--max-object-size": "--max-file-size",
    }
    told = re.search(r"for files: (\S+)", result.stderr_line())
    assert (told and told[1]) == instead.get(option)


@pytest.mark.parametrize("option", [*BUCKET_OPTIONS, *VERIFY_OPTIONS])
def test_options_of_the_one_are_not_options_of_the_other(run: Runner, option: str):
    value = (BUCKET_OPTIONS | VERIFY_OPTIONS)[option]
    beside = ["--verify", "f"] if option in BUCKET_OPTIONS else ["s3://bucket"]
    assert f"{option} does nothing" in run("scan", option, *value, *beside).stderr_line()


def test_an_option_that_both_need_or_history_alone(run: Runner, tree: Tree):
    tree.write("f", "nothing\n")
    assert run("scan", "--verify-plan", "--region", "eu-west-1", "f").status == 0
    tree.repo("repo").commit({"f": "nothing\n"})
    told = run("history", "--region", "eu-west-1", "repo").stderr_line()
    assert "--region does nothing without --verify" in told
    assert run("history", "--region", "eu-west-1", "--verify-plan", "repo").status == 0


def test_settings_are_for_many_scans_and_need_not_count_in_each(run: Runner, tree: Tree):
    tree.write(".leaktrawl.json", '{"max-object-size": "1K"}')
    assert run("scan", ".").status == 0


def test_what_other_programs_call_it(run: Runner):
    told = run("scan", "--request-payer", "requester", "s3://bucket").stderr_line()
    assert "did you mean --requester-pays?" in told
