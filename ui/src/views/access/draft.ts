// The form of an auth method as data: how it begins, and how moments stand in it.
import type { AuthMethodDraft } from '../../api/types';

export function emptyMethod(): AuthMethodDraft {
  return {
    name: '',
    description: '',
    access_expires: 0,
    expiration_event_in: [],
    bound_ips: [],
    gw_bound_ips: [],
    audit_logs_claims: [],
    bound_aws_account_id: [],
    bound_arn: [],
    bound_role_name: [],
    bound_role_id: [],
    bound_resource_id: [],
    bound_user_name: [],
    bound_user_id: [],
    bound_sts_region: [],
    sts_url: '',
    sts_url_private: false,
    insecure_dev_sts: false,
    unique_identifier: '',
    force_sub_claims: false,
    jwt_ttl: 0,
    delete_protection: false,
    require_audience: false,
    // Somebody who was never seen before is somebody to look at, until a person says otherwise.
    ask_first: true,
  };
}

const pad = (part: number): string => String(part).padStart(2, '0');

/** `2027-01-31T18:00` of this computer's time, as its field wants it; empty for none. */
export function localMoment(seconds: number): string {
  if (seconds === 0) return '';
  const at = new Date(seconds * 1000);
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day}T${pad(at.getHours())}:${pad(at.getMinutes())}`;
}
