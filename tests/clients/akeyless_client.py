"""The whole life of a lease by Akeyless's own client for Python: log in, look, get, renew, give back, log out.

Where and what comes from the environment: GATEWAY, ACCESS_ID, ITEM. The cloud identity is made by Akeyless's library from the AWS
session in the environment, or by botocore's signer with SIGNER=botocore. What was seen is printed as one line of JSON.
"""

import base64
import json
import os

import akeyless
from akeyless_cloud_id import CloudId


def signed_by_botocore():
    """The same request, signed by the signer that every AWS program in Python uses."""
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session

    body = "Action=GetCallerIdentity&Version=2011-06-15"
    url = "https://sts.us-east-1.amazonaws.com/"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Content-Length": str(len(body))}
    request = AWSRequest("POST", url, data=body, headers=headers)
    credentials = Session().get_credentials().get_frozen_credentials()
    SigV4Auth(credentials, "sts", "us-east-1").add_auth(request)
    # The session token is signed as X-Amz-Security-Token; the signer leaves the host to whoever sends.
    encode = lambda text: base64.b64encode(text.encode()).decode()
    parts = {
        "sts_request_method": "POST",
        "sts_request_url": encode(url),
        "sts_request_body": encode(body),
        "sts_request_headers": encode(json.dumps({name: [value] for name, value in request.headers.items()})),
    }
    return encode(json.dumps(parts))


def tries(call):
    """What a refused call shows to a person: its status and the field `error`."""
    try:
        call()
        return None
    except akeyless.ApiException as refusal:
        return [refusal.status, json.loads(refusal.body)["error"]]


configuration = akeyless.Configuration(host=os.environ["GATEWAY"])
api = akeyless.V2Api(akeyless.ApiClient(configuration))
item = os.environ["ITEM"]
identity = signed_by_botocore() if os.environ.get("SIGNER") == "botocore" else CloudId().generate()
login = akeyless.Auth(access_id=os.environ["ACCESS_ID"], access_type="aws_iam", cloud_id=identity)
token = api.auth(login).token
seen = {
    "again": tries(lambda: api.auth(login)),
    "claims": api.describe_sub_claims(akeyless.DescribeSubClaims(token=token)).sub_claims,
    "valid": api.validate_token(akeyless.ValidateToken(token=token)).is_valid,
    "items": [one.item_name for one in api.list_items(akeyless.ListItems(token=token, path="/")).items],
    "nowhere": tries(
        lambda: api.get_dynamic_secret_value(akeyless.GetDynamicSecretValue(name="/development/none", token=token))
    ),
}
value = api.get_dynamic_secret_value(akeyless.GetDynamicSecretValue(name=item, token=token, args=["ttl=10m", "wait=true"]))
seen["lease"] = value["id"]
seen["access_key_id"] = value["access_key_id"]
seen["has_secret"] = len(value["secret_access_key"]) == 40
own = akeyless.DynamicSecretTmpCredsGet(name=item, token=token)
seen["own"] = [one.id for one in api.dynamic_secret_tmp_creds_get(own)]
api.dynamic_secret_tmp_creds_update(
    akeyless.DynamicSecretTmpCredsUpdate(name=item, token=token, tmp_creds_id=value["id"], host="", new_ttl_min=20)
)
seen["ttl"] = [one.custom_ttl for one in api.dynamic_secret_tmp_creds_get(own)]
api.dynamic_secret_tmp_creds_delete(
    akeyless.DynamicSecretTmpCredsDelete(name=item, token=token, tmp_creds_id=value["id"], host="")
)
seen["left"] = [one.id for one in api.dynamic_secret_tmp_creds_get(own)]
# The generated method of this call takes no form, so that it could say no token: the client's own way of calling can.
kind = {"Content-Type": "application/json", "Accept": "application/json"}
api.api_client.call_api("/revoke-creds", "POST", header_params=kind, body={"token": token}, response_type="object")
seen["after"] = tries(lambda: api.list_items(akeyless.ListItems(token=token)))
print(json.dumps(seen), flush=True)
