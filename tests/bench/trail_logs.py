#!/usr/bin/env python3
"""Logs of CloudTrail, made up: both incidents among ordinary records, with a known truth.

The form of records is that of AWS's documentation ("CloudTrail record contents", "CloudTrail
userIdentity element"): users, assumed roles, web identities, federated users, Identity Center, root
and AWS services; versions 1.08 to 1.11. Ordinary principals do what looks bad and is not: admins
make users, a CI role attaches policies, a script is refused all day, a VPN changes addresses,
Terraform asks who it is before each run. Nothing in it was ever issued to anyone.

usage: trail_logs.py FOLDER [RECORDS [SEED]]     writes FOLDER/AWSLogs/... and FOLDER/truth.json
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import sys
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from multiprocessing import Pool
from pathlib import Path
from typing import Any, Iterator

START = datetime(2024, 5, 1, tzinfo=timezone.utc)
DAYS = 14
RECORDS_A_FILE = 2500
ACCOUNT = "210987654321"
LAMBDA_AGENT = (
    "Boto3/1.34.42 md/Botocore#1.34.42 ua/2.0 os/linux#5.10.217 lang/python#3.12.1"
    " exec-env/AWS_Lambda_python3.12 Botocore/1.34.42"
)
KALI_AGENT = (
    "aws-cli/2.15.10 Python/3.11.6 Linux/6.5.0-kali3-amd64 exe/x86_64.kali.2023"
    " prompt/off command/%s"
)
TLS = {
    "tlsVersion": "TLSv1.3",
    "cipherSuite": "TLS_AES_128_GCM_SHA256",
    "clientProvidedHostHeader": "iam.amazonaws.com",
}


def stamp(when: datetime) -> str:
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def key_id(rng: random.Random, prefix: str) -> str:
    """An id that carries the made-up account (the inverse of what the program decodes)."""
    bits = 1 << 79 | int(ACCOUNT) << 39 | rng.getrandbits(39)
    return prefix + base64.b32encode(bits.to_bytes(10, "big")).decode()


def principal_id(rng: random.Random, prefix: str) -> str:
    return prefix + "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=17))


def user_identity(rng: random.Random, name: str, key: str, session: bool = False) -> dict[str, Any]:
    identity = {
        "type": "IAMUser",
        "principalId": principal_id(rng, "AIDA"),
        "arn": f"arn:aws:iam::{ACCOUNT}:user/{name}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "userName": name,
    }
    if session:
        identity["sessionContext"] = {
            "attributes": {"creationDate": stamp(START), "mfaAuthenticated": "true"}
        }
    return identity


def role_identity(
    rng: random.Random, role: str, session: str, key: str, web: str | None = None
) -> dict[str, Any]:
    principal = principal_id(rng, "AROA")
    context: dict[str, Any] = {
        "sessionIssuer": {
            "type": "Role",
            "principalId": principal,
            "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
            "accountId": ACCOUNT,
            "userName": role.split("/")[-1],
        },
        "attributes": {"creationDate": stamp(START), "mfaAuthenticated": "false"},
    }
    if web:
        context["webIdFederationData"] = {"federatedProvider": web, "attributes": {}}
    return {
        "type": "AssumedRole",
        "principalId": f"{principal}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.split('/')[-1]}/{session}",
        "accountId": ACCOUNT,
        "accessKeyId": key,
        "sessionContext": context,
    }


def record(
    rng: random.Random,
    when: datetime | str,
    identity: dict[str, Any],
    source: str,
    name: str,
    *,
    address: str,
    agent: str,
    region: str = "us-east-1",
    request: Any = None,
    response: Any = None,
    error: str | None = None,
    extra: dict[str, Any] | None = None,
) -> dict[str, Any]:
    reads = name.startswith(("Get", "List", "Describe", "Head"))
    data = name in ("GetObject", "PutObject", "HeadObject", "Invoke")
    made = {
        "eventVersion": rng.choice(["1.08", "1.09", "1.10", "1.11"]),
        "userIdentity": identity,
        "eventTime": when if isinstance(when, str) else stamp(when),
        "eventSource": f"{source}.amazonaws.com",
        "eventName": name,
        "awsRegion": region,
        "sourceIPAddress": address,
        "userAgent": agent,
        "requestParameters": request,
        "responseElements": response,
        "requestID": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "eventID": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        "readOnly": reads,
        "eventType": "AwsApiCall",
        "managementEvent": not data,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Data" if data else "Management",
        "tlsDetails": TLS,
    }
    if error:
        made["errorCode"] = error
        made["errorMessage"] = f"User is not authorized to perform: {source}:{name}"
    return made | (extra or {})


# --- ordinary days ---


class Ordinary:
    """Templates of what principals do all day; filling one in is cheap, for there are millions."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(f"ordinary {seed}")
        self.templates: list[tuple[int, str, list[str]]] = []
        self.innocent: list[str] = []
        office = ["198.51.100.%d" % n for n in range(10, 14)]
        vpn = ["100.%d.%d.%d" % (rng.randrange(64, 128), rng.randrange(256), n) for n in range(60)]
        cloud = ["54.%d.7.%d" % (rng.randrange(256), n) for n in range(20)]

        for name in ("alice", "bob", "carol"):
            identity = user_identity(rng, name, key_id(rng, "ASIA"), session=True)
            self.calls(rng, 30, identity, office, "AWS Internal", ADMIN_CALLS)
        key = user_identity(rng, "deploy", key_id(rng, "AKIA"))
        terraform = "APN/1.0 HashiCorp/1.0 Terraform/1.6.2 (+https://www.terraform.io)"
        self.calls(rng, 300, key, cloud[:3], terraform, TERRAFORM_CALLS)
        ci = role_identity(
            rng, "ci-deploy", "GitHubActions", key_id(rng, "ASIA"), "token.actions.example.com"
        )
        self.calls(rng, 120, ci, cloud, "aws-sdk-go-v2/1.24.1 os/linux", CI_CALLS)
        traveller = user_identity(rng, "dave", key_id(rng, "AKIA"))
        cli = "aws-cli/2.15.10 Python/3.11.6 Linux/6.1.0-18-amd64 exe/x86_64.debian.12"
        self.calls(rng, 120, traveller, vpn, cli, LOOK_CALLS)
        refused = user_identity(rng, "report-script", key_id(rng, "AKIA"))
        self.calls(rng, 200, refused, office[:1], "Boto3/1.34.42", LOOK_CALLS, "AccessDenied")
        for n in range(12):
            app = role_identity(
                rng, f"service-role/app-{n}", f"i-{rng.getrandbits(64):016x}", key_id(rng, "ASIA")
            )
            agent = "aws-sdk-java/2.21.0 Linux/5.10 OpenJDK_64-Bit_Server_VM/17.0.9"
            self.calls(rng, 500, app, cloud[n : n + 2], agent, APP_CALLS)
        # A function that does its own work, and is no planted one.
        worker = role_identity(rng, "thumbnails", "thumbnails", key_id(rng, "ASIA"))
        self.calls(rng, 200, worker, cloud[5:7], LAMBDA_AGENT, APP_CALLS)
        centre = {
            "type": "IdentityCenterUser",
            "accountId": ACCOUNT,
            "onBehalfOf": {
                "userId": str(uuid.UUID(int=rng.getrandbits(128))),
                "identityStoreArn": f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-9067642ac7",
            },
            "credentialId": rng.randbytes(24).hex(),
        }
        self.calls(rng, 10, centre, office, "Mozilla/5.0 (X11; Linux x86_64)", CENTRE_CALLS)
        root = {
            "type": "Root",
            "principalId": ACCOUNT,
            "arn": f"arn:aws:iam::{ACCOUNT}:root",
            "accountId": ACCOUNT,
            "accessKeyId": "",
        }
        self.calls(rng, 2, root, office[:1], "Mozilla/5.0 (X11; Linux x86_64)", LOOK_CALLS)
        federated = {
            "type": "FederatedUser",
            "principalId": f"{ACCOUNT}:partner",
            "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/partner",
            "accountId": ACCOUNT,
            "accessKeyId": key_id(rng, "ASIA"),
            "sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "broker"}},
        }
        self.calls(rng, 20, federated, cloud[:1], cli, LOOK_CALLS)
        web = {
            "type": "WebIdentityUser",
            "principalId": "accounts.example.com:app:user",
            "userName": "user",
            "identityProvider": "accounts.example.com",
        }
        self.calls(
            rng,
            60,
            web,
            cloud,
            "aws-sdk-js/2.1500.0",
            [("sts", "AssumeRoleWithWebIdentity", ROLE, SESSION)],
        )
        service = {"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}
        self.calls(
            rng, 500, service, ["lambda.amazonaws.com"], "lambda.amazonaws.com", SERVICE_CALLS
        )
        self.weights = [weight for weight, _, _ in self.templates]

    def calls(
        self,
        rng: random.Random,
        weight: int,
        identity: dict[str, Any],
        addresses: list[str],
        agent: str,
        calls: list[tuple[Any, ...]],
        error: str | None = None,
    ) -> None:
        for source, name, request, response in calls:
            made = record(
                rng,
                "\1",
                identity,
                source,
                name,
                address="\2",
                agent=agent,
                request=request,
                response=None if error else response,
                error=error,
                region="us-east-1" if source in ("iam", "sts") else "eu-central-1",
            )
            made["requestID"], made["eventID"] = "\3", "\4"
            text = json.dumps(made, separators=(",", ":")).replace("%", "%%")
            for n, field_ in enumerate(("when", "address", "request", "event")):
                text = text.replace("\\u000%d" % (n + 1), "%%(%s)s" % field_)
            text = text.replace("ASIA_NEW", "%(key)s").replace("WORD", "%(word)s")
            self.templates.append((max(1, weight // len(calls)), text, addresses))

    def some(self, rng: random.Random, n: int, begin: datetime, end: datetime) -> list[str]:
        """n records between two times, as JSON."""
        seconds = (end - begin).total_seconds()
        chosen = rng.choices(self.templates, self.weights, k=n)
        bits = rng.getrandbits
        records = []
        for i, (_, text, addresses) in enumerate(chosen):
            word = "%016x" % bits(64)
            records.append(
                text
                % {
                    "when": stamp(begin + timedelta(seconds=int(seconds * i / n))),
                    "address": addresses[bits(16) % len(addresses)],
                    "request": f"{word[:8]}-{word[8:12]}-4{word[12:15]}-8000-{bits(48):012x}",
                    "event": f"{bits(32):08x}-{bits(16):04x}-4{word[:3]}-9{word[3:6]}-{bits(48):012x}",
                    "key": "ASIA" + word.upper().translate(DIGITS),
                    "word": word,
                }
            )
        return records


DIGITS = str.maketrans("0189", "QRST")
ROLE = {
    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/app",
    "roleSessionName": "WORD",
    "durationSeconds": 3600,
}
SESSION = {
    "credentials": {
        "accessKeyId": "ASIA_NEW",
        "sessionToken": "IQoJb3JpZ2lu" + "X2VjEXAMPLE" * 20,
        "expiration": "May 30, 2024, 11:00:00 AM",
    },
    "assumedRoleUser": {
        "assumedRoleId": "AROAEXAMPLE:WORD",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/app/WORD",
    },
}
FOUND = {
    "bucketName": "app-data",
    "key": "objects/WORD.json",
    "Host": "app-data.s3.eu-central-1.amazonaws.com",
}
LOOK_CALLS = [
    ("ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}}, None),
    ("s3", "ListBuckets", {"Host": "s3.amazonaws.com"}, None),
    ("s3", "GetObject", FOUND, None),
    ("sts", "GetCallerIdentity", None, None),
    ("rds", "DescribeDBInstances", None, None),
    ("iam", "ListUsers", None, None),
]
ADMIN_CALLS = LOOK_CALLS + [
    ("iam", "CreateUser", {"userName": "new-WORD"}, {"user": {"userName": "new-WORD"}}),
    (
        "iam",
        "AttachUserPolicy",
        {"userName": "new-WORD", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        None,
    ),
    (
        "iam",
        "CreateAccessKey",
        {"userName": "new-WORD"},
        {"accessKey": {"userName": "new-WORD", "accessKeyId": "AKIAIWORD", "status": "Active"}},
    ),
    (
        "ec2",
        "RunInstances",
        {"instancesSet": {"items": [{"imageId": "ami-WORD", "minCount": 1}]}},
        None,
    ),
]
TERRAFORM_CALLS = [("sts", "GetCallerIdentity", None, None)] + [
    (source, name, {"maxResults": 100}, None)
    for source, names in {
        "ec2": (
            "DescribeVpcs",
            "DescribeSubnets",
            "DescribeSecurityGroups",
            "DescribeInstances",
            "DescribeImages",
            "DescribeAccountAttributes",
        ),
        "iam": (
            "GetRole",
            "GetPolicy",
            "GetPolicyVersion",
            "ListRolePolicies",
            "ListAttachedRolePolicies",
            "GetUser",
        ),
        "s3": (
            "GetBucketAcl",
            "GetBucketPolicy",
            "GetBucketVersioning",
            "GetBucketLogging",
            "GetBucketTagging",
        ),
        "lambda": ("GetFunction20150331v2", "ListVersionsByFunction20150331"),
    }.items()
    for name in names
]
CI_CALLS = [
    ("iam", "CreateUser", {"userName": "svc-WORD"}, {"user": {"userName": "svc-WORD"}}),
    (
        "iam",
        "AttachUserPolicy",
        {"userName": "svc-WORD", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
        None,
    ),
    ("ecr", "PutImage", {"repositoryName": "app", "imageTag": "WORD"}, None),
    ("ecs", "UpdateService", {"service": "app", "cluster": "live"}, None),
    ("cloudformation", "DescribeStacks", {"stackName": "app"}, None),
]
APP_CALLS = [
    ("s3", "GetObject", FOUND, None),
    ("s3", "PutObject", FOUND, None),
    ("dynamodb", "GetItem", {"tableName": "app", "key": {"id": "WORD"}}, None),
    (
        "sqs",
        "ReceiveMessage",
        {"queueUrl": f"https://sqs.eu-central-1.amazonaws.com/{ACCOUNT}/app"},
        None,
    ),
    (
        "kms",
        "Decrypt",
        {
            "encryptionContext": {"aws:s3:arn": "arn:aws:s3:::app-data/WORD"},
            "encryptionAlgorithm": "SYMMETRIC_DEFAULT",
        },
        None,
    ),
    ("secretsmanager", "GetSecretValue", {"secretId": "app/database"}, None),
]
SERVICE_CALLS = [
    ("sts", "AssumeRole", ROLE, SESSION),
    ("kms", "GenerateDataKey", {"keySpec": "AES_256"}, None),
]
CENTRE_CALLS = [("sso", "ListApplications", None, None), ("sso", "Authenticate", None, None)]


# --- the incidents ---


@dataclass
class Incident:
    """What was planted: records, and what the program must tell of them in this order."""

    key: str
    user: str
    records: list[dict[str, Any]] = field(default_factory=list)
    steps: list[list[str]] = field(default_factory=list)
    derived: list[str] = field(default_factory=list)

    def add(self, made: dict[str, Any]) -> None:
        self.records.append(made)
        self.steps.append([made["eventTime"], made["eventName"]])


def planted_key(seed: int) -> Incident:
    """A Lambda function gives each new user rights and a key, and puts that into a bucket."""
    rng = random.Random(f"planted {seed}")
    when = START + timedelta(days=4, hours=9)
    user, key = "jam-user", key_id(rng, "AKIA")
    incident = Incident(key, user)
    arn = f"arn:aws:iam::{ACCOUNT}:user/{user}"
    role = role_identity(rng, "jam-agent-role", "jam-agent", key_id(rng, "ASIA"))
    admin = user_identity(rng, "alice", key_id(rng, "ASIA"), session=True)
    here = dict(address="3.90.41.7", agent=LAMBDA_AGENT)

    def at(seconds: int) -> datetime:
        return when + timedelta(seconds=seconds)

    incident.add(
        record(
            rng,
            at(0),
            admin,
            "iam",
            "CreateUser",
            address="198.51.100.10",
            agent="AWS Internal",
            request={"userName": user},
            response={"user": {"userName": user, "arn": arn}},
        )
    )
    incident.add(
        record(
            rng,
            at(2),
            role,
            "iam",
            "AttachUserPolicy",
            **here,
            request={"userName": user, "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"},
        )
    )
    incident.add(
        record(
            rng,
            at(3),
            role,
            "iam",
            "CreateAccessKey",
            **here,
            request={"userName": user},
            response={"accessKey": {"userName": user, "accessKeyId": key, "status": "Active"}},
        )
    )
    # Of another story, though of the same role: the bucket.
    incident.records.append(
        record(
            rng,
            at(4),
            role,
            "s3",
            "PutObject",
            **here,
            request={"bucketName": "jam-agent-4f1c", "key": "key.txt"},
        )
    )
    them = user_identity(rng, user, key)
    there = dict(
        address="203.0.113.77",
        agent="aws-cli/2.15.10 Python/3.11.6 Linux/6.1.0 exe/x86_64.debian.12",
    )
    for n, (source, name) in enumerate(
        [
            ("sts", "GetCallerIdentity"),
            ("iam", "ListUsers"),
            ("iam", "GetAccountAuthorizationDetails"),
            ("s3", "ListBuckets"),
            ("s3", "GetObject"),
            ("secretsmanager", "ListSecrets"),
        ]
    ):
        request = {"bucketName": "payroll", "key": "2024.csv"} if name == "GetObject" else None
        extra = (
            {"additionalEventData": {"bytesTransferredOut": 5000.0}}
            if name == "GetObject"
            else None
        )
        incident.add(
            record(
                rng, at(3600 + 20 * n), them, source, name, **there, request=request, extra=extra
            )
        )
    # A role assumed with it, and what that session did.
    session = key_id(rng, "ASIA")
    target = f"arn:aws:iam::{ACCOUNT}:role/reader"
    incident.add(
        record(
            rng,
            at(4000),
            them,
            "sts",
            "AssumeRole",
            **there,
            request={"roleArn": target, "roleSessionName": "x", "durationSeconds": 3600},
            response={
                "credentials": {"accessKeyId": session, "expiration": "May 5, 2024, 11:06:40 AM"},
                "assumedRoleUser": {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/x"},
            },
        )
    )
    incident.derived.append(session)
    reader = role_identity(rng, "reader", "x", session)
    incident.add(
        record(
            rng,
            at(4100),
            reader,
            "secretsmanager",
            "GetSecretValue",
            **there,
            request={"secretId": "prod/payments"},
            region="eu-central-1",
        )
    )
    incident.add(
        record(
            rng,
            at(9000),
            admin,
            "iam",
            "UpdateAccessKey",
            address="198.51.100.10",
            agent="AWS Internal",
            request={"userName": user, "accessKeyId": key, "status": "Inactive"},
        )
    )
    return incident


def long_lived_key(seed: int) -> Incident:
    """A key in use for days from one place is used from another, with Kali's AWS CLI."""
    rng = random.Random(f"long-lived {seed}")
    user, key = "backup-bot", key_id(rng, "AKIA")
    incident = Incident(key, user)
    identity = user_identity(rng, user, key)
    for hour in range(0, 24 * DAYS, 3):  # its own work, every three hours
        made = record(
            rng,
            START + timedelta(hours=hour, minutes=5),
            identity,
            "s3",
            "PutObject",
            address="198.51.100.200",
            agent="Boto3/1.28.57 md/Botocore#1.31.57",
            region="eu-central-1",
            request={"bucketName": "backups", "key": f"{hour}.tar"},
        )
        incident.records.append(made)
        if not hour:
            incident.steps.append([made["eventTime"], made["eventName"]])
    when = START + timedelta(days=9, hours=2, minutes=17)

    def kali(seconds: int, source: str, name: str, **more: Any) -> dict[str, Any]:
        address = "185.220.101.4" if seconds < 1000 else "45.155.205.9"
        return record(
            rng,
            when + timedelta(seconds=seconds),
            more.pop("identity", identity),
            source,
            name,
            address=address,
            agent=KALI_AGENT % f"{source}.{name}",
            **more,
        )

    incident.add(kali(0, "sts", "GetCallerIdentity"))
    incident.add(kali(40, "iam", "ListUsers", error="AccessDenied"))
    incident.add(
        kali(60, "iam", "CreateUser", request={"userName": "support"}, error="AccessDenied")
    )
    second = key_id(rng, "AKIA")
    incident.add(
        kali(
            1200,
            "iam",
            "CreateAccessKey",
            request={"userName": user},
            response={"accessKey": {"userName": user, "accessKeyId": second, "status": "Active"}},
        )
    )
    incident.derived.append(second)
    again = user_identity(rng, user, second)
    incident.add(kali(1300, "s3", "ListBuckets", identity=again))
    incident.add(
        kali(
            1400,
            "ec2",
            "ModifySnapshotAttribute",
            identity=again,
            region="ap-south-1",
            request={
                "snapshotId": "snap-0a1b2c3d",
                "attributeType": "CREATE_VOLUME_PERMISSION",
                "createVolumePermission": {"add": {"items": [{"userId": "999988887777"}]}},
            },
        )
    )
    incident.add(
        kali(
            1500,
            "cloudtrail",
            "StopLogging",
            identity=again,
            request={"name": "main"},
            error="AccessDenied",
        )
    )
    return incident


# --- files ---


def name_of(n: int, begin: datetime) -> str:
    return (
        f"AWSLogs/{ACCOUNT}/CloudTrail/us-east-1/{begin:%Y/%m/%d}/"
        f"{ACCOUNT}_CloudTrail_us-east-1_{begin:%Y%m%dT%H%MZ}_{n:08d}.json.gz"
    )


def write_file(task: tuple[str, int, int, int, int]) -> int:
    """One log file; the size of what it holds expanded."""
    folder, seed, n, files, records = task
    span = timedelta(days=DAYS) / files
    begin = START + span * n
    rng = random.Random(f"file {seed} {n}")
    lines = ORDINARY[seed].some(rng, records, begin, begin + span)
    for incident in INCIDENTS[seed]:
        for made in incident.records:
            if stamp(begin) <= made["eventTime"] < stamp(begin + span):
                lines.append(json.dumps(made, separators=(",", ":")))
    lines.sort(key=lambda line: line[line.index('"eventTime":"') :][:33])
    content = ('{"Records":[' + ",".join(lines) + "]}").encode()
    path = Path(folder) / name_of(n, begin)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, 4, mtime=0))
    return len(content)


ORDINARY: dict[int, Ordinary] = {}
INCIDENTS: dict[int, list[Incident]] = {}


def incidents(seed: int) -> list[Incident]:
    return [planted_key(seed), long_lived_key(seed)]


def generate(folder: Path, records: int, seed: int = 1, jobs: int | None = None) -> dict[str, Any]:
    """Write the logs; the truth, which is also in truth.json."""
    ORDINARY[seed] = Ordinary(seed)
    INCIDENTS[seed] = incidents(seed)
    files = max(DAYS, records // RECORDS_A_FILE)
    tasks = [
        (str(folder), seed, n, files, records * (n + 1) // files - records * n // files)
        for n in range(files)
    ]
    if (jobs or os.cpu_count() or 1) > 1:
        with Pool(jobs) as pool:
            size = sum(pool.imap_unordered(write_file, tasks, 8))
    else:
        size = sum(map(write_file, tasks))
    truth = {
        "bytes": size,
        "files": files,
        "records": records + sum(len(i.records) for i in INCIDENTS[seed]),
        "account": ACCOUNT,
        "incidents": [
            {"key": i.key, "user": i.user, "steps": i.steps, "derived": i.derived}
            for i in INCIDENTS[seed]
        ],
    }
    (folder / "truth.json").write_text(json.dumps(truth, indent=1))
    return truth


def main(argv: list[str]) -> int:
    if not 2 <= len(argv) <= 4:
        print(__doc__.strip().splitlines()[-1], file=sys.stderr)
        return 2
    numbers = [int(word) for word in argv[2:]]
    truth = generate(Path(argv[1]), *(numbers or [50_000]))
    print(
        f"{truth['records']:,} records in {truth['files']} files, {truth['bytes']:,} bytes expanded"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
