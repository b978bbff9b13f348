"""A program on another machine that logs in again and again until its owner has let it in, and then gets a lease.

Where and what comes from the environment: GATEWAY, ACCESS_ID, ITEM. Each try is signed anew by botocore, with the AWS session in the
environment. It prints WAITING once it was told that its owner is asked, and then the lease as one line of JSON. It gives up by itself.
"""

import base64
import json
import os
import time
import urllib.error
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

TRIES = 120


def identity():
    """The request that says who somebody is, as every AWS program in Python signs it."""
    body = "Action=GetCallerIdentity&Version=2011-06-15"
    url = "https://sts.us-east-1.amazonaws.com/"
    # What is signed twice in a second would be the same bytes, and those are good once.
    headers = {
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "Content-Length": str(len(body)),
        "X-Leasehold-Nonce": os.urandom(16).hex(),
    }
    request = AWSRequest("POST", url, data=body, headers=headers)
    credentials = Session().get_credentials().get_frozen_credentials()
    SigV4Auth(credentials, "sts", "us-east-1").add_auth(request)
    encode = lambda text: base64.b64encode(text.encode()).decode()
    parts = {
        "sts_request_method": "POST",
        "sts_request_url": encode(url),
        "sts_request_body": encode(body),
        "sts_request_headers": encode(json.dumps({name: [value] for name, value in request.headers.items()})),
    }
    return encode(json.dumps(parts))


def call(path, form):
    """The status and the answer of a call."""
    request = urllib.request.Request(
        os.environ["GATEWAY"] + path,
        data=json.dumps(form).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


said = False
for _ in range(TRIES):
    login = {"access-id": os.environ["ACCESS_ID"], "access-type": "aws_iam", "cloud-id": identity()}
    status, answer = call("/auth", login)
    if status == 200:
        break
    if answer.get("code") not in ("asked_and_waiting", "rate_limited"):
        raise SystemExit(f"{status} {answer}")
    if not said:
        print("WAITING", flush=True)
        said = True
    time.sleep(1)
else:
    raise SystemExit("nobody let it in")
form = {"name": os.environ["ITEM"], "token": answer["token"], "args": ["ttl=10m", "wait=true"]}
status, value = call("/get-dynamic-secret-value", form)
if status != 200:
    raise SystemExit(f"{status} {value}")
print(json.dumps({"lease": value["id"], "access_key_id": value["access_key_id"]}), flush=True)
