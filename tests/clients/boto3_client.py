"""A program as people write it: one client object of boto3 that lives long and asks again and again.

For each line on standard input it asks who it is and prints the answer, an ARN, or `ERROR` and what boto3 says. The key comes
from where the environment says (`AWS_PROFILE`, `AWS_CONFIG_FILE`).
"""

import sys

import boto3

sts = None  # Made at the first question: boto3 fetches the key while it makes a client.
print("READY", flush=True)
for _ in sys.stdin:
    try:
        sts = sts or boto3.client("sts")
        print(sts.get_caller_identity()["Arn"], flush=True)
    except Exception as error:  # What a person would see.
        print("ERROR", str(error).replace("\n", " "), flush=True)
