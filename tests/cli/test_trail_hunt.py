"""leaktrawl trail --hunt: who is listed and who is not, and what a responder reads of each."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from conftest import Result, Runner, Tree
from pages import data_of
from trail_logs import ACCOUNT, key_id, role_identity, user_identity
from trails import UNUSED, USED, World, as_file, lines, shown, stories, trail

TOOL = "stratus-red-team_4f1c3a52-8a8e-4d35-9d0c-6f2a1f0c9d11"


def assume(world: World, seconds: float, role: str, session: str, **more: Any) -> dict[str, Any]:
    return world.call(
        seconds,
        "sts",
        "AssumeRole",
        request={"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}"},
        response={
            "credentials": {"accessKeyId": session, "expiration": "May 2, 2024 1:00:00 AM"},
            "assumedRoleUser": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/s"},
        },
        **more,
    )


def attack(world: World) -> list[dict[str, Any]]:
    """A user with a tool of attackers, who goes on as a role, and makes a user whom nobody uses."""
    session = key_id(world.rng, "ASIA")
    role = role_identity(world.rng, "victim", "s", session)
    made = key_id(world.rng, "AKIA")
    return [
        world.call(0, "sts", "GetCallerIdentity", agent=TOOL),
        assume(world, 10, "victim", session, agent=TOOL),
        world.call(20, "cloudtrail", "StopLogging", identity=role, agent=TOOL,
                   request={"name": "main"}),
        world.call(30, "iam", "CreateUser", agent=TOOL, request={"userName": "ghost"}),
        world.call(40, "iam", "CreateAccessKey", agent=TOOL, request={"userName": "ghost"},
                   response={"accessKey": {"accessKeyId": made, "userName": "ghost"}}),
    ]  # fmt: skip


def check_one(run: Runner, tree: Tree, only: str) -> Result:
    """Every form lists `only` and says so."""
    text = run("trail", "--hunt", "a.json")
    result = trail(run, "--hunt", "a.json")
    assert list(stories(result)) == [only] and lines(result)[-1]["stories"] == 1
    assert "1 principal shows signs of an attacker\n" in text.stdout.decode()
    assert b"not used in these logs" not in text.stdout
    page = run("trail", "--hunt", "--format", "html", "a.json")
    assert [s["id"] for s in data_of(page.stdout.decode())["stories"]] == [only]
    table = run("trail", "--hunt", "--format", "csv", "a.json")
    assert {r["of"] for r in csv.DictReader(io.StringIO(table.stdout.decode(), newline=""))} == {
        only
    }
    assert {r.status for r in (text, result, page, table)} == {USED}
    return result


def test_what_came_of_a_principal_is_told_with_it_and_not_apart(
    run: Runner, tree: Tree, world: World
):
    tree.write("a.json", as_file(attack(world)))
    user = f"{ACCOUNT}:robot"
    story = stories(check_one(run, tree, user))[user]
    assert {"trail-tampering", "agent-stratus", "makes-credentials"} <= shown(story)
    assert [(d["kind"], d["how"]) for d in story["derived"]] == [
        ("key", "AssumeRole"), ("user", "CreateUser"), ("key", "CreateAccessKey"),
    ]  # fmt: skip


def test_what_others_do_with_the_same_role_names_nobody(run: Runner, tree: Tree, world: World):
    daily = role_identity(world.rng, "victim", "daily", key_id(world.rng, "ASIA"))
    calls = [
        world.call(d * 86400, "s3", "ListBuckets", identity=daily, address=f"192.0.2.{d}")
        for d in range(3)
    ]
    tree.write("a.json", as_file(attack(world) + calls))
    check_one(run, tree, f"{ACCOUNT}:robot")


def test_one_that_shows_signs_itself_is_listed_and_says_who_made_it(
    run: Runner, tree: Tree, world: World
):
    ghost = user_identity(world.rng, "ghost", "")
    login = world.call(60, "signin", "ConsoleLogin", identity=ghost, agent=TOOL,
                       response={"ConsoleLogin": "Success"})  # fmt: skip
    tree.write("a.json", as_file(attack(world) + [login]))
    told = stories(trail(run, "--hunt", "a.json"))
    assert list(told) == [f"{ACCOUNT}:robot", f"{ACCOUNT}:ghost"]
    created = told[f"{ACCOUNT}:ghost"]["created"]
    assert created["event"] == "CreateUser" and created["by"].endswith(":user/robot")
    text = run("trail", "--hunt", "a.json").stdout.decode()
    assert text.startswith("2 principals show signs of an attacker\n   100 critical user robot in ")
    assert "  created   2024-05-02 00:00:30 by user/robot from " in text
    assert "    aws iam delete-login-profile --user-name ghost\n" in text


@pytest.mark.parametrize(
    "identity",
    [
        {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        {"type": "AWSService", "invokedBy": "AWS Internal"},
        {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSServiceRoleForRDS/x",
            "accountId": ACCOUNT,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "arn": f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/rds.amazonaws.com/"
                    "AWSServiceRoleForRDS",
                }
            },
        },
    ],
    ids=["service", "internal", "service-linked role"],
)
def test_services_of_aws_are_nobody(
    run: Runner, tree: Tree, world: World, identity: dict[str, Any]
):
    call = world.call(0, "cloudtrail", "DeleteTrail", identity=identity, request={"name": "t"})
    tree.write("a.json", as_file([call]))
    result = trail(run, "--hunt", "a.json")
    assert result.status == UNUSED and not stories(result)
    assert run("trail", "--hunt", "a.json").stdout.startswith(b"nobody shows what a hunt looks for")


# --- what is told of each ---


def reasons(run: Runner, tree: Tree, calls: list[dict[str, Any]]) -> dict[str, str]:
    tree.write("a.json", as_file(calls))
    (story,) = stories(trail(run, "--hunt", "a.json")).values()
    return {i["id"]: i["evidence"] for i in story["indicators"]}


def test_reasons_name_the_thing(run: Runner, tree: Tree, world: World):
    refused = world.call(50, "iam", "CreateUser", request={"userName": "eve"},
                         error="AccessDenied")  # fmt: skip
    told = reasons(run, tree, attack(world) + [refused])
    assert told["trail-tampering"] == "StopLogging main"
    assert told["agent-stratus"] == TOOL
    assert told["makes-credentials"] == "CreateUser ghost"
    assert told["iam-write-denied"] == "CreateUser eve: AccessDenied"
    assert told["first-call"] == f"from 198.51.100.20 with {TOOL}"


def test_bursts_and_refusals_name_some_calls(run: Runner, tree: Tree, world: World):
    looks = [world.call(n, "ec2", f"Describe{n}Things", agent=TOOL) for n in range(40)]
    refused = [world.call(3600 + n, "iam", f"Put{n}Thing", error="AccessDenied") for n in range(20)]
    told = reasons(run, tree, looks + refused)
    assert re.fullmatch(
        r"\d\d and more in ten minutes: Describe0Things, Describe1Things, Describe2Things,"
        r" Describe3Things, Describe4Things, …",
        told["burst"],
    )
    assert re.fullmatch(
        r"\d\d and more: Put0Thing, Put1Thing, Put2Thing, Put3Thing, Put4Thing, …", told["denied"]
    )


def test_a_refusal_without_its_request_names_the_resource(run: Runner, tree: Tree, world: World):
    calls = [
        world.call(n, "sts", "AssumeRole", agent=TOOL, error="AccessDenied")
        | {
            "errorMessage": f"User: u is not authorized to perform: sts:AssumeRole on resource:"
            f" {resource} because no identity-based policy allows it"
        }
        for n, resource in enumerate((f"arn:aws:iam::{ACCOUNT}:role/admin", "*"))
    ]
    tree.write("a.json", as_file(calls))
    told = [o for o in lines(trail(run, "--hunt", "a.json")) if o["type"] == "step"]
    assert [s["detail"] for s in told] == [f"arn:aws:iam::{ACCOUNT}:role/admin", None]


def test_the_same_call_about_many_things_is_one_line(run: Runner, tree: Tree, world: World):
    reads = [
        world.call(n, "secretsmanager", "GetSecretValue", agent=TOOL, request={"secretId": f"s{n}"})
        for n in range(20)
    ]
    later = world.call(7200, "secretsmanager", "GetSecretValue", agent=TOOL,
                       request={"secretId": "last"})  # fmt: skip
    users = [
        world.call(100 + n, "iam", "CreateUser", agent=TOOL, request={"userName": f"u{n}"})
        for n in range(3)
    ]
    tree.write("a.json", as_file(reads + [later] + users))
    told = run("trail", "--hunt", "a.json").stdout.decode().splitlines()
    secrets = [line for line in told if "  it  GetSecretValue " in line]
    assert [line.split("GetSecretValue ")[1] for line in secrets] == [
        "s0, s1, s2, s3, …  from 198.51.100.20  (20 times, to 2024-05-02 00:00:19)",
        "last  from 198.51.100.20",
    ]
    assert sum("  it  CreateUser u" in line for line in told) == 3


def test_users_who_were_deleted_give_no_access(run: Runner, tree: Tree, world: World):
    delete = world.call(90, "iam", "DeleteUser", identity=world.admin,
                        request={"userName": "ghost"})  # fmt: skip
    tree.write("a.json", as_file(attack(world) + [delete]))

    def ghost() -> dict[str, Any]:
        (story,) = stories(trail(run, "--hunt", "a.json")).values()
        return next(d for d in story["derived"] if d["kind"] == "user")

    assert ghost()["state"] == "deleted" and not ghost()["open"]
    text = run("trail", "--hunt", "a.json").stdout.decode()
    assert "by CreateUser at 2024-05-02 00:00:30, deleted since 2024-05-02 00:01:30\n" in text
    assert "list-access-keys --user-name ghost" not in text
    again = world.call(95, "iam", "CreateUser", identity=world.admin, request={"userName": "ghost"})
    tree.write("a.json", as_file(attack(world) + [delete, again]))
    assert ghost()["open"]


def test_services_that_act_for_it_are_no_addresses(run: Runner, tree: Tree, world: World):
    inner = world.call(5, "kms", "Decrypt", address="secretsmanager.amazonaws.com")
    tree.write("a.json", as_file(attack(world) + [inner]))
    text = run("trail", "--hunt", "a.json").stdout.decode()
    assert "from 1 address and through 1 service of AWS\n" in text


def test_what_to_do_about_a_principal(run: Runner, tree: Tree, world: World):
    role = role_identity(world.rng, "victim", "s", key_id(world.rng, "ASIA"))
    stop = world.call(20, "cloudtrail", "StopLogging", identity=role, request={"name": "main"})
    tree.write("a.json", as_file([stop, world.call(0, "cloudtrail", "DeleteTrail")]))
    told = stories(trail(run, "--hunt", "a.json"))
    ask = "first ask whoever runs it whether these calls were theirs"
    user = f"aws iam update-access-key --status Inactive --access-key-id {world.key}"
    assert told[f"{ACCOUNT}:robot"]["next_steps"] == [
        ask, f"{user} --user-name robot", "then undo what it changed",
    ]  # fmt: skip
    steps = told[f"arn:aws:iam::{ACCOUNT}:role/victim"]["next_steps"]
    assert steps[0] == ask and steps[1].startswith("revoke the sessions of role victim ")
