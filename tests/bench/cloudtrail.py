#!/usr/bin/env python3
"""Write gzip CloudTrail logs as a trail delivers them: made-up records, one line of JSON a file.

The members of a record and their order are those of AWS's documentation
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html),
the values come from a seed. Without ids every caller is a service, which has no key.

usage: cloudtrail.py FOLDER [FILES [RECORDS [--no-ids]]]     FILES: 250, of RECORDS: 4000 each
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
import random
import sys
from pathlib import Path

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
AGENTS = [
    "aws-cli/2.15.30 Python/3.11.8 Linux/6.1.0-18-amd64 exe/x86_64.debian.12 prompt/off command/s3.ls",
    "Boto3/1.34.62 md/Botocore#1.34.62 ua/2.0 os/linux#5.10.209 md/arch#x86_64 lang/python#3.12.2",
    "aws-sdk-java/2.25.10 Linux/5.10.209 OpenJDK_64-Bit_Server_VM/17.0.10+7-LTS Java/17.0.10",
    "console.amazonaws.com",
    "APN/1.0 HashiCorp/1.0 Terraform/1.7.4 (+https://www.terraform.io) terraform-provider-aws/5.40.0",
]
EVENTS = [
    ("s3.amazonaws.com", "GetObject", {"bucketName": "reports", "key": "daily/{n}.parquet"}),
    ("ec2.amazonaws.com", "DescribeInstances", {"maxResults": 1000, "filterSet": {"items": []}}),
    ("sts.amazonaws.com", "AssumeRole", {"roleArn": "arn:aws:iam::{a}:role/task-{n}", "durationSeconds": 3600}),
    ("kms.amazonaws.com", "Decrypt", {"encryptionAlgorithm": "SYMMETRIC_DEFAULT", "keyId": "arn:aws:kms:{n}"}),
    ("logs.amazonaws.com", "CreateLogStream", {"logGroupName": "/aws/lambda/job-{n}"}),
    ("iam.amazonaws.com", "ListAttachedRolePolicies", {"roleName": "role-{n}"}),
]


def uuid(rng: random.Random) -> str:
    text = f"{rng.getrandbits(128):032x}"
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


def identity(rng: random.Random, account: str, ids: bool) -> dict:
    if not ids:
        return {"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}
    role = f"app-{rng.randrange(40)}"
    principal = "AROA" + "".join(rng.choices(BASE32, k=17))
    return {
        "type": "AssumedRole",
        "principalId": f"{principal}:i-{rng.getrandbits(64):016x}",
        "arn": f"arn:aws:sts::{account}:assumed-role/{role}/i-{rng.getrandbits(64):016x}",
        "accountId": account,
        "accessKeyId": "ASIA" + rng.choice("QRSTUVWXYZ") + "".join(rng.choices(BASE32, k=15)),
        "sessionContext": {"attributes": {"creationDate": "2024-05-31T09:00:00Z", "mfaAuthenticated": "false"}},
    }


def record(rng: random.Random, ids: bool) -> dict:
    account = str(rng.randrange(10**11, 10**12))
    source, name, parameters = rng.choice(EVENTS)
    filled = json.loads(json.dumps(parameters).replace("{n}", uuid(rng)).replace("{a}", account))
    return {
        "eventVersion": "1.09",
        "userIdentity": identity(rng, account, ids),
        "eventTime": f"2024-05-31T{rng.randrange(24):02}:{rng.randrange(60):02}:{rng.randrange(60):02}Z",
        "eventSource": source,
        "eventName": name,
        "awsRegion": rng.choice(["us-east-1", "eu-central-1", "ap-southeast-2"]),
        "sourceIPAddress": ".".join(str(rng.randrange(1, 255)) for _ in range(4)),
        "userAgent": rng.choice(AGENTS),
        "requestParameters": filled,
        "responseElements": None,
        "requestID": uuid(rng),
        "eventID": uuid(rng),
        "readOnly": True,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }


def write(job: tuple[Path, int, int, bool]) -> int:
    folder, number, records, ids = job
    rng = random.Random(number)
    text = json.dumps({"Records": [record(rng, ids) for _ in range(records)]}, separators=(",", ":"))
    (folder / f"CloudTrail_us-east-1_20240531T{number:06}Z.json.gz").write_bytes(
        gzip.compress(text.encode(), 6)
    )
    return len(text)


def generate(folder: Path, files: int = 250, records: int = 4000, ids: bool = True) -> int:
    """Bytes of the logs, expanded."""
    folder.mkdir(parents=True, exist_ok=True)
    with multiprocessing.Pool() as pool:
        return sum(pool.map(write, [(folder, i, records, ids) for i in range(files)], chunksize=4))


if __name__ == "__main__":
    words = [w for w in sys.argv[1:] if w != "--no-ids"]
    if not 1 <= len(words) <= 3:
        sys.exit(__doc__)
    print(f"{generate(Path(words[0]), *map(int, words[1:]), ids='--no-ids' not in sys.argv) / 1e6:,.0f} MB")
