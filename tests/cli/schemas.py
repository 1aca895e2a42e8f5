"""The forms that foreign tools want, as far as the reports use them.

`check_sarif` and `check_gitlab` hold a report against a schema of our own that names every field
used, refuses any other, and states the rules of the standard and of the service that reads it; and
against the published one, where `make schemas` could get it.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

import jsonschema

import published

TEXT = {"type": "string"}
WORDS = {"type": "string", "minLength": 1}
OPTIONAL_TEXT = {"type": ["string", "null"]}
COUNT = {"type": "integer", "minimum": 0}
FROM_ONE = {"type": "integer", "minimum": 1}
BOOL = {"type": "boolean"}
VERDICTS = ["unverified", "live", "dead", "mismatch", "expired", "canary", "unknown"]
TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"}


def record(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    """An object with these fields and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | optional,
        "additionalProperties": False,
    }


def array(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items} | more


MESSAGE = record({"text": WORDS})

PHYSICAL = record(
    {
        "artifactLocation": record(
            {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9._~/%-]*$|^(file|s3)://[!-~]*$"}},
            uriBaseId={"const": "%SRCROOT%"},
        ),
        # GitHub: all four, or the alert is shown at the file's first line.
        "region": record(
            {n: FROM_ONE for n in ("startLine", "startColumn", "endLine", "endColumn")}
        ),
    }
)

RULE = record(
    {
        "id": WORDS,
        "name": WORDS,
        "shortDescription": record({"text": {"type": "string", "minLength": 1, "maxLength": 1024}}),
        "fullDescription": record({"text": {"type": "string", "minLength": 1, "maxLength": 1024}}),
        "help": record({"text": {"type": "string", "minLength": 1, "maxLength": 1024}}),
        "defaultConfiguration": record({"level": {"enum": ["error", "warning", "note"]}}),
        "properties": record(
            {
                "security-severity": {"type": "string", "pattern": r"^(10\.0|[0-9]\.[0-9])$"},
                "precision": {"enum": ["very-high", "high", "medium", "low"]},
                "tags": array(WORDS, contains={"const": "security"}, uniqueItems=True),
            }
        ),
    }
)

RESULT = record(
    {
        "ruleId": WORDS,
        "ruleIndex": COUNT,
        "level": {"enum": ["error", "warning", "note"]},
        "message": MESSAGE,
        "locations": array(record({"physicalLocation": PHYSICAL}), minItems=1, maxItems=1),
        "partialFingerprints": record(
            {"leaktrawl/v1": {"type": "string", "pattern": "^lt1:[0-9a-f]{32}$"}},
            primaryLocationLineHash={"type": "string", "pattern": "^[0-9a-f]{1,16}:[1-9][0-9]*$"},
        ),
        "properties": record(
            {
                "confidence": {"enum": ["low", "medium", "high"]},
                "accessKeyId": OPTIONAL_TEXT,
                "account": OPTIONAL_TEXT,
                "verification": {"enum": VERDICTS},
                "historyOnly": BOOL,
            },
            firstCommit=OPTIONAL_TEXT,
            lastCommit=OPTIONAL_TEXT,
            atHead={"type": ["boolean", "null"]},
            onRemote={"type": ["boolean", "null"]},
        ),
    },
    relatedLocations=array(
        record({"id": COUNT, "physicalLocation": PHYSICAL, "message": MESSAGE}), uniqueItems=True
    ),
)

SARIF = record(
    {
        "$schema": {"const": "https://json.schemastore.org/sarif-2.1.0.json"},
        "version": {"const": "2.1.0"},
        "runs": array(
            record(
                {
                    "tool": record(
                        {
                            "driver": record(
                                {
                                    "name": {"const": "leaktrawl"},
                                    "version": WORDS,
                                    "semanticVersion": WORDS,
                                    "rules": array(RULE, uniqueItems=True),
                                }
                            )
                        }
                    ),
                    "automationDetails": record({"id": {"const": "leaktrawl/"}}),
                    "columnKind": {"const": "utf16CodeUnits"},
                    "originalUriBaseIds": record(
                        {"%SRCROOT%": record({"description": MESSAGE})}
                    ),
                    "results": array(RESULT, maxItems=25_000),
                    "invocations": array(
                        record(
                            {
                                "executionSuccessful": BOOL,
                                "toolExecutionNotifications": array(
                                    record(
                                        {
                                            "level": {"enum": ["error", "warning", "note"]},
                                            "message": MESSAGE,
                                        }
                                    )
                                ),
                            }
                        ),
                        minItems=1,
                        maxItems=1,
                    ),
                }
            ),
            minItems=1,
            maxItems=1,
        ),
    }
)

PROGRAM = record(
    {"id": WORDS, "name": WORDS, "version": WORDS, "vendor": record({"name": WORDS})}
)

GITLAB = record(
    {
        "version": {"const": "15.1.4"},
        "scan": record(
            {
                "analyzer": PROGRAM,
                "scanner": PROGRAM,
                "type": {"const": "secret_detection"},
                "start_time": TIME,
                "end_time": TIME,
                "status": {"enum": ["success", "failure"]},
                "messages": array(
                    record({"level": {"enum": ["info", "warn", "fatal"]}, "value": WORDS})
                ),
            }
        ),
        "vulnerabilities": array(
            record(
                {
                    "id": {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"},
                    "category": {"const": "secret_detection"},
                    "name": {"type": "string", "minLength": 1, "maxLength": 255},
                    "description": {"type": "string", "minLength": 1, "maxLength": 1_048_576},
                    "severity": {"enum": ["Low", "Medium", "High", "Critical"]},
                    "solution": {"type": "string", "minLength": 1, "maxLength": 7000},
                    "identifiers": array(
                        record({"type": WORDS, "name": WORDS, "value": WORDS}), minItems=1
                    ),
                    "location": record(
                        {"file": TEXT, "commit": record({"sha": WORDS}, author=TEXT, date=TEXT)},
                        start_line=FROM_ONE,
                        end_line=FROM_ONE,
                    ),
                }
            )
        ),
    }
)


def hold(document: Any, schema: dict[str, Any], origin: published.Schema) -> None:
    jsonschema.Draft202012Validator(schema).validate(document)
    if official := published.published(origin):
        published.validate(document, official)


def check_sarif(report: bytes) -> dict[str, Any]:
    """The one run of a SARIF report that GitHub's code scanning takes whole."""
    document = json.loads(report)
    hold(document, SARIF, published.SARIF)
    assert len(gzip.compress(report)) <= 10_000_000
    [run] = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(rules) == len(set(rules)), "a rule twice is refused"
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        for location in result["locations"] + result.get("relatedLocations", []):
            region = location["physicalLocation"]["region"]
            start = region["startLine"], region["startColumn"]
            assert start < (region["endLine"], region["endColumn"]), "the end is exclusive"
            uri = location["physicalLocation"]["artifactLocation"]["uri"]
            assert not uri.startswith("/") and ".." not in uri.split("/")
    return run


def check_gitlab(report: bytes) -> dict[str, Any]:
    document = json.loads(report)
    hold(document, GITLAB, published.GITLAB)
    ids = [v["id"] for v in document["vulnerabilities"]]
    assert len(ids) == len(set(ids))
    return document
