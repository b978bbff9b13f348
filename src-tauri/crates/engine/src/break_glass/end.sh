# ------------------------------------------------------------------------------
# What is done with them. From here on every kit is the same.

usage() {
    cat <<'EOF'
Ends every lease named in this file: its keys stop working, its user is deleted. Everything is
denied to a session of a role; a federated user's session ends by itself, and it says when.
Run again after the end of the sessions it takes the policies off their roles that denied them.
It needs the AWS CLI version 2 and credentials for the account: an administrator's,
or those of the user that Leasehold manages the account with.

    sh leasehold-break-glass.sh [--dry-run] [--yes] [--profile NAME] [--region REGION]
                                [--endpoint-url URL]

    --dry-run        say what would be done, and change nothing
    --yes            do not ask
    --profile NAME   a profile of ~/.aws/config (the same as AWS_PROFILE)

AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and the like are honoured. One run ends the
leases of one account. It can be run again as often as you like; what is done stays done.

Exit codes: 0 nothing is left; 1 something is left, or was not touched (it says what);
2 wrong option; 3 this account is done, leases of other accounts are left;
4 nothing was done: no AWS CLI, no credentials, or AWS could not be reached; 5 you said no.
EOF
}

tab=$(printf '\t')
newline='
'
dry_run=no
confirmed=no

say() {
    printf '%s\n' "$*"
}

# Asks AWS. The AWS CLI goes through all pages of a list and repeats what AWS throttles.
ask_aws() {
    if [ -n "${AWS_ENDPOINT_URL:-}" ]; then
        aws --endpoint-url="$AWS_ENDPOINT_URL" --output=text "$@" </dev/null
    else
        aws --output=text "$@" </dev/null
    fi
}

# Asks AWS; leaves what it answers in $answer, and why it refuses in $message.
look() {
    message=
    if answer=$(ask_aws "$@" 2>"$scratch"); then
        return 0
    fi
    answer=
    message=$(tr '\n' ' ' <"$scratch")
    return 1
}

# Has AWS do something, or says what would be done.
ask_for() {
    if [ "$dry_run" = yes ]; then
        say "        would run: aws $*"
        return 0
    fi
    look "$@"
}

# The same, where what does not exist any more is done.
act() {
    ask_for "$@" && return 0
    case $message in
    *'(NoSuchEntity)'*) return 0 ;;
    esac
    complain "$1 $2"
    return 1
}

complain() {
    say "        FAILED: $1: ${message:-no answer}"
}

# Lists what hangs on the user, and takes each of it away. The cut stays until the very end.
take_away() { # list-command query delete-command option
    taken=
    if ! look iam "$1" --user-name="$user" --query="$2"; then
        case $message in
        *'(NoSuchEntity)'*) return 0 ;;
        esac
        complain "iam $1"
        return 1
    fi
    taken=$answer
    all_taken=0
    while IFS= read -r one; do
        [ -n "$one" ] || continue
        [ "$3 $one" != "delete-user-policy $cut_name" ] || continue
        act iam "$3" --user-name="$user" "$4=$one" || all_taken=1
    done <<EOF
$taken
EOF
    return "$all_taken"
}

# Denies the user everything, whatever else it holds.
deny_everything() {
    act iam put-user-policy --user-name="$user" --policy-name="$cut_name" \
        --policy-document="$cut_document"
}

delete_keys() {
    # shellcheck disable=SC2016 # The backquotes are JMESPath's: an empty list where there is none.
    take_away list-access-keys 'AccessKeyMetadata[].[AccessKeyId] || `[]`' \
        delete-access-key --access-key-id
}

# Everything that a lease is given.
# shellcheck disable=SC2016 # As above.
strip() {
    stripped=0
    delete_keys || stripped=1
    take_away list-attached-user-policies 'AttachedPolicies[].[PolicyArn] || `[]`' \
        detach-user-policy --policy-arn || stripped=1
    take_away list-groups-for-user 'Groups[].[GroupName] || `[]`' \
        remove-user-from-group --group-name || stripped=1
    take_away list-user-policies 'PolicyNames[].[@] || `[]`' \
        delete-user-policy --policy-name || stripped=1
    return "$stripped"
}

# What somebody else may have added. Only looked at when AWS says that something is in the way.
# shellcheck disable=SC2016 # As above.
strip_the_rest() {
    say "        Something that the lease did not bring is in the way; looking for it."
    act iam delete-login-profile --user-name="$user"
    take_away list-mfa-devices 'MFADevices[].[SerialNumber] || `[]`' \
        deactivate-mfa-device --serial-number
    while IFS= read -r one; do
        case $one in
        arn:*) act iam delete-virtual-mfa-device --serial-number="$one" ;;
        esac
    done <<EOF
$taken
EOF
    take_away list-ssh-public-keys 'SSHPublicKeys[].[SSHPublicKeyId] || `[]`' \
        delete-ssh-public-key --ssh-public-key-id
    take_away list-signing-certificates 'Certificates[].[CertificateId] || `[]`' \
        delete-signing-certificate --certificate-id
    take_away list-service-specific-credentials \
        'ServiceSpecificCredentials[].[ServiceSpecificCredentialId] || `[]`' \
        delete-service-specific-credential --service-specific-credential-id
}

# Deletes the user. On the way the cut is taken off; where the user stays, it is put back.
delete_user() {
    for attempt in 1 2 3; do
        strip || return 1
        act iam delete-user-policy --user-name="$user" --policy-name="$cut_name" || return 1
        if [ "$dry_run" = yes ]; then
            act iam delete-user --user-name="$user"
            return 0
        fi
        look iam delete-user --user-name="$user" && return 0
        case $message in
        *'(NoSuchEntity)'*) return 0 ;;
        esac
        refused=$message
        deny_everything
        case $refused in
        *'(DeleteConflict)'*) [ "$attempt" = 3 ] || strip_the_rest ;;
        *'(EntityTemporarilyUnmodifiable)'* | *'(ConcurrentModification)'*) ;;
        *) break ;;
        esac
        [ "$attempt" = 3 ] || sleep 3
    done
    message=$refused
    complain "iam delete-user"
    return 1
}

# Is it still the user that the lease made? 0 yes, 1 gone, 2 somebody else's, 3 not to be found out.
# Where the lease never learned its UserId, the whole ARN must be the one it asked for.
identify() {
    if ! look iam get-user --user-name="$user" --query='User.[UserId,Arn]'; then
        case $message in
        *'(NoSuchEntity)'*) return 1 ;;
        esac
        return 3
    fi
    found_id=${answer%%"$tab"*}
    found_arn=${answer#*"$tab"}
    if [ -n "$user_id" ]; then
        [ "$found_id" = "$user_id" ] || return 2
    else
        [ "$found_arn" = "$user_arn" ] || return 2
    fi
    return 0
}

# One lease. Of the steps, counting is all that is the same for each.
lease() { # user UserId ARN place
    user=$1
    user_id=$2
    user_arn=$3
    place=$4
    number=$((number + 1))
    case $step in
    cut) cut_access ;;
    delete) delete_for_good ;;
    esac
}

# One session of STS. Everything is denied to one of a role until its end; nothing ends a federated user's.
session() { # name role policy document place end seconds
    number=$((number + 1))
    case $step in
    cut) end_session "$@" ;;
    esac
}

# Whether a session that ends at this second is over. AWS takes no call of a clock that is more than a
# quarter of an hour off.
is_over() { # seconds
    seconds=$(date +%s 2>/dev/null)
    case $seconds in
    '' | *[!0-9]*) return 1 ;;
    esac
    [ "$seconds" -gt "$(($1 + 900))" ]
}

end_session() {
    say "  [$number/$count] $1 ($5)"
    if is_over "$7"; then
        say "        It was over at $6."
        [ -z "$2" ] || act iam delete-role-policy --role-name="$2" --policy-name="$3" ||
            say "        Look whether the policy $3 is still on the role $2."
        gone=$((gone + 1))
        return
    fi
    if [ -z "$2" ]; then
        say "        Nothing ends it before its time: it ends by itself at $6."
        lasting=$((lasting + 1))
        lasting_sessions=$lasting_sessions$newline"    $1, which ends by itself at $6"
        return
    fi
    # A role that does not exist says nothing of its sessions.
    if ask_for iam put-role-policy --role-name="$2" --policy-name="$3" --policy-document="$4"; then
        if [ "$dry_run" = no ]; then
            say "        Everything is denied to it now. Run this again after $6, when the"
            say "        session is over, or delete the policy $3 of the role $2 then."
        fi
        ended=$((ended + 1))
        return
    fi
    complain "iam put-role-policy"
    left=$((left + 1))
    left_users=$left_users$newline"    $1, which ends by itself at $6"
}

# First for all: the access.
cut_access() {
    say "  [$number/$count] $user ($place)"
    identify
    case $? in
    0)
        is_cut=0
        deny_everything || is_cut=1
        delete_keys || is_cut=1
        if [ "$is_cut" = 0 ] && [ "$dry_run" = no ]; then
            say "        No key of it works any more."
        fi
        return
        ;;
    1)
        say "        It is gone already."
        gone=$((gone + 1))
        ;;
    2)
        say "        NOT TOUCHED: this is another user than the one the lease made. It is"
        say "        $found_id $found_arn"
        say "        and the lease's was"
        say "        ${user_id:-(UserId not known)} $user_arn"
        foreign=$((foreign + 1))
        foreign_users=$foreign_users$newline"    $user"
        ;;
    *)
        complain "iam get-user"
        say "        NOT TOUCHED: it is not certain whose user this is."
        left=$((left + 1))
        left_users=$left_users$newline"    $user"
        ;;
    esac
    settled=$settled$user$newline
}

# Then for all that are left: the users.
delete_for_good() {
    case $settled in
    *"$newline$user$newline"*) return ;;
    esac
    say "  [$number/$count] $user ($place)"
    # Once more: minutes may have gone by since.
    identify
    case $? in
    0) delete_user || {
        left=$((left + 1))
        left_users=$left_users$newline"    $user"
        return
    } ;;
    1) ;;
    *)
        say "        NOT TOUCHED any further: it is not certain any more whose user this is."
        left=$((left + 1))
        left_users=$left_users$newline"    $user"
        return
        ;;
    esac
    [ "$dry_run" = yes ] || say "        The user is gone."
    ended=$((ended + 1))
}

go_through() { # account step
    number=0
    step=$2
    leases_of "$1"
}

# Who runs this, and in which account. The regions are for who has configured none.
find_caller() {
    region=${AWS_REGION:-${AWS_DEFAULT_REGION:-}}
    if [ -z "$region" ]; then
        region=$(aws configure get region 2>/dev/null </dev/null)
    fi
    for region in ${region:-$regions}; do
        AWS_DEFAULT_REGION=$region
        export AWS_DEFAULT_REGION
        if look sts get-caller-identity --query='[Account,Arn]'; then
            account=${answer%%"$tab"*}
            caller=${answer#*"$tab"}
            return 0
        fi
    done
    return 1
}

set_option() { # name value
    case $1 in
    --profile) AWS_PROFILE=$2 && export AWS_PROFILE ;;
    --region) AWS_REGION=$2 && export AWS_REGION ;;
    --endpoint-url) AWS_ENDPOINT_URL=$2 && export AWS_ENDPOINT_URL ;;
    esac
}

main() {
    while [ $# -gt 0 ]; do
        case $1 in
        --dry-run) dry_run=yes ;;
        --yes) confirmed=yes ;;
        --profile=* | --region=* | --endpoint-url=*) set_option "${1%%=*}" "${1#*=}" ;;
        --profile | --region | --endpoint-url)
            if [ $# -lt 2 ]; then
                say "$1 needs a value; --help tells more." >&2
                exit 2
            fi
            set_option "$1" "$2"
            shift
            ;;
        -h | --help)
            usage
            exit 0
            ;;
        *)
            say "There is no option $1; --help tells more." >&2
            exit 2
            ;;
        esac
        shift
    done

    say "$title"
    if [ -z "$accounts" ]; then
        say "There was no open lease when this kit was made. Nothing to do."
        exit 0
    fi
    # The CLI's own settings that would get in the way.
    AWS_PAGER=
    AWS_CLI_AUTO_PROMPT=off
    AWS_MAX_ATTEMPTS=${AWS_MAX_ATTEMPTS:-5}
    export AWS_PAGER AWS_CLI_AUTO_PROMPT AWS_MAX_ATTEMPTS
    if ! version=$(aws --version 2>&1 </dev/null); then
        say "The AWS CLI is not here (no program called aws). Install version 2, or end the leases" >&2
        say "by hand: the list beside this script says how." >&2
        exit 4
    fi
    case $version in
    aws-cli/2*) ;;
    *) say "note: this was tested with the AWS CLI version 2; this one is $version" ;;
    esac
    if ! scratch=$(mktemp); then
        say "There is no room for a temporary file; set TMPDIR to a folder that can be written." >&2
        exit 4
    fi
    trap 'rm -f "$scratch"' EXIT
    trap 'say "Stopped. Run it again: it goes on with what is left."; exit 130' INT TERM HUP

    if ! find_caller; then
        say "AWS does not say who you are: $message" >&2
        say "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, for one of these" >&2
        say "accounts: $accounts" >&2
        exit 4
    fi
    say "You are $caller"
    say "in account $account."
    say ""

    elsewhere=0
    count=0
    for one_account in $accounts; do
        go_through "$one_account" count
        if [ "$one_account" = "$account" ]; then
            count=$number
        else
            elsewhere=$((elsewhere + number))
            say "Skipped: $number in account $one_account. Run this again with credentials for it."
        fi
    done
    if [ "$count" = 0 ]; then
        say "None of the leases is in account $account. Nothing was done."
        exit 3
    fi

    if [ "$dry_run" = yes ]; then
        say "This is what would be done to $count in account $account. Nothing is changed."
    elif [ "$confirmed" = no ]; then
        if ! [ -t 0 ]; then
            say "Say --yes to end $count in account $account, or --dry-run to see what that does." >&2
            exit 5
        fi
        printf 'End %s in account %s? Their keys stop working at once. Type yes: ' "$count" "$account"
        read -r confirmed || confirmed=no
        if [ "$confirmed" != yes ]; then
            say "Nothing was done."
            exit 5
        fi
    fi

    ended=0 gone=0 foreign=0 left=0 lasting=0
    foreign_users='' left_users='' lasting_sessions='' settled=$newline
    say ""
    say "First: cut their access"
    go_through "$account" cut
    say ""
    say "Then: delete the users"
    go_through "$account" delete
    say ""
    if [ "$dry_run" = yes ]; then
        say "Would be ended now: $ended. Gone already: $gone."
    else
        say "Ended now: $ended. Gone already: $gone."
    fi
    if [ "$left" != 0 ]; then
        say "LEFT: $left. Look at FAILED above, put it right, and run this again.$left_users"
    fi
    if [ "$lasting" != 0 ]; then
        say "NOT ENDED: $lasting. Nothing ends a session like these before its time.$lasting_sessions"
    fi
    if [ "$foreign" != 0 ]; then
        say "NOT TOUCHED: $foreign, under whose name there is somebody else's user now.$foreign_users"
    fi
    if [ "$elsewhere" != 0 ]; then
        say "In other accounts, not ended by this run: $elsewhere."
    fi
    say "What their holders have open already goes on to its own end: sessions of roles they assumed"
    say "(in the console: the role, Revoke sessions), connections, signed links."
    if [ "$left" != 0 ] || [ "$lasting" != 0 ] || [ "$foreign" != 0 ]; then
        exit 1
    fi
    if [ "$elsewhere" != 0 ]; then
        exit 3
    fi
    exit 0
}

# The last line: a file that was cut short does nothing.
main "$@"
