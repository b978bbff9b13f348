-- What a state of schema 9 held: one row in every table.
INSERT INTO installation (one, id) VALUES (1, 'abcd1234');
INSERT INTO settings (key, value) VALUES ('theme', 'dark');
INSERT INTO connections VALUES (
    'conn-1', 'main', 'access_key', 'ready', 'AKIAEXAMPLE', 'us-east-1', NULL, '123456789012',
    'aws', 'arn:aws:iam::123456789012:user/manager', 1790000000000, 1790000000000, -5, NULL,
    NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'connection/conn-1/AKIAEXAMPLE', 1790000000000
);
INSERT INTO rotations VALUES (
    'conn-1', 'switched', 'manager', 'AKIAOLD', 'AKIAEXAMPLE', NULL, '["AKIAOLD"]', 1790000000000,
    '["connection/conn-1"]', 'cli', 1790000000000, 0, NULL, NULL, 'cli:1:x'
);
INSERT INTO secrets SELECT
    'secret-1', id, '/', 's3-upload', 'conn-1', 3600, 28800, 'us-east-1', '/leases/', NULL, '[]',
    '["arn:aws:iam::aws:policy/ReadOnlyAccess"]', '["{}"]', '{{randomUsername}}',
    '[["team","pay"]]', 1790000000000, 1790000000000, 0, 1790000300000,
    '{"kind":"assumed_role","role_arn":"arn:aws:iam::123456789012:role/r","external_id":null}'
FROM environments WHERE name = 'staging';
INSERT INTO leases (
    id, secret_id, secret_name, environment, folder, connection_id, connection_name, practice,
    account_id, partition, region, iam_path, user_name, user_arn, user_id, access_key_id, groups,
    policy_arns, documents, tags, default_ttl_s, ttl_s, max_ttl_s, label, requested_by,
    installation, guards, state, created_at, issued_at, expires_at, max_expires_at, step,
    total_steps, attempts, notified_minutes, kept, generation,
    end_asked_at, missing_action, reconciled_at, standing, findings, owner, credential, cut_policy
) VALUES (
    'lease-1', 'secret-1', 's3-upload', 'staging', '/', 'conn-1', 'main', 0, '123456789012', 'aws',
    'us-east-1', '/leases/', 'a-user', 'arn:aws:iam::123456789012:user/leases/a-user',
    'AIDAEXAMPLE', 'AKIALEASED', '[]', '[]', '["{}"]', '[]', 3600, 3600, 28800, 'a label', 'cli',
    'abcd1234', '[1790003600000]', 'active', 1790000000000, 1790000000000, 1790003600000,
    1790028800000, 0, 6, 0, '[15]', 1, 3,
    1790000100000, 'iam:DeleteLoginProfile', 1790000200000, 'live', '["a finding"]', 'an-owner',
    '{"kind":"federation_token"}', 'leasehold-cut-abcd1234-lease1'
);
INSERT INTO kept_keys (lease_id, sealed) VALUES ('lease-1', x'0102');
INSERT INTO preflights (secret_id, result) VALUES ('secret-1', '{}');
INSERT INTO reconciles (connection_id, result) VALUES ('conn-1', '{}');
INSERT INTO activity (
    seq, at, kind, actor, outcome, lease_id, secret, connection, account_id, text, calls, hash
) VALUES (
    1, 1790000000000, 'lease.active', 'cli', 'done', 'lease-1', 's3-upload', 'main', '123456789012',
    'The key was made.', '[["iam:CreateAccessKey","user/a-user",null,"a-request"]]', x'22eaba889319e1ee77a710c04a876f2e7daaaeaf2cea80f7f201160d85b9257a'
);
UPDATE activity_head SET entries = 1, hash = x'22eaba889319e1ee77a710c04a876f2e7daaaeaf2cea80f7f201160d85b9257a';
INSERT INTO auth_methods VALUES (
    'p-abcdefgh234567', '/ci/runners', '{"name":"/ci/runners"}', 1, 1, 1790900000000, '[7]',
    1790000000000, 1790000000000
);
INSERT INTO access_roles VALUES ('role-1', 'deployers', 'Who deploys.', 1790000000000);
INSERT INTO access_rules VALUES ('role-1', '/staging/*', '["list","read"]');
INSERT INTO role_associations VALUES (
    'role-1', 'p-abcdefgh234567', '[["role_name","dev-*"]]', 0
);
INSERT INTO used_identities VALUES (
    1, x'0101010101010101010101010101010101010101010101010101010101010101', 1790001800000
);
INSERT INTO principals VALUES (
    'principal-1', 'p-abcdefgh234567', '', 'AROAEXAMPLE',
    'arn:aws:sts::123456789012:assumed-role/dev-ops/i-1', '123456789012', 'seen', 1790000000000,
    1790000000000
);
INSERT INTO sessions VALUES (
    x'0202020202020202020202020202020202020202020202020202020202020202', '020202020202',
    'p-abcdefgh234567', '{}', 'unix', NULL, 1790000000000, 1790000900000
);
INSERT INTO lease_callers VALUES (
    'lease-1', 'p-abcdefgh234567', '', 'AROAEXAMPLE',
    'arn:aws:sts::123456789012:assumed-role/dev-ops/i-1', '{"role_name":"dev-ops"}', 'unix', NULL
);
