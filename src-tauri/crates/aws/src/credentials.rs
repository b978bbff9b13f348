//! What else can hang on a user and keeps AWS from deleting it: a login profile, MFA devices, SSH
//! keys, signing certificates, service credentials (`DeleteUser`, IAM API reference).
//!
//! Leasehold makes none of these. Somebody else with rights in the account can.

use crate::believed::{credential_id, serial_number};
use crate::client::{Aws, Call};
use crate::error::{AwsError, AwsErrorKind, Entity};
use crate::lists::{Page, all_pages, page};
use crate::sort;

impl Aws {
    /// `iam:GetLoginProfile`: whether the user has a password for the console.
    pub async fn has_login_profile(&self, user: &str) -> Result<bool, AwsError> {
        let call = Call::on_user("iam:GetLoginProfile", user, Entity::Other);
        let answer = self
            .in_turn(&call, |watch| {
                self.iam
                    .get_login_profile()
                    .user_name(user)
                    .customize()
                    .interceptor(watch)
                    .send()
            })
            .await;
        let found = match answer {
            Ok(found) => found,
            Err(error) if error.kind == AwsErrorKind::NotThere(Entity::Other) => return Ok(false),
            Err(error) => return Err(error),
        };
        let of = found.login_profile.map(|profile| profile.user_name);
        whose(&call, user, of.as_deref().unwrap_or_default())?;
        Ok(true)
    }

    /// `iam:DeleteLoginProfile`.
    pub async fn delete_login_profile(&self, user: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DeleteLoginProfile", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .delete_login_profile()
                .user_name(user)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:ListMFADevices`: the serial numbers (of virtual devices: ARNs), all pages.
    pub async fn list_mfa_devices(&self, user: &str) -> Result<Vec<String>, AwsError> {
        let call = Call::on_user("iam:ListMFADevices", user, Entity::User);
        let devices = all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self
                    .iam
                    .list_mfa_devices()
                    .user_name(user)
                    .set_marker(marker.clone());
                list.customize().interceptor(watch).send()
            });
            Ok(page!(page.await?, mfa_devices))
        })
        .await?;
        let serials = devices.into_iter().map(|device| {
            whose(&call, user, &device.user_name)?;
            serial_number(&call, device.serial_number)
        });
        serials.collect()
    }

    /// `iam:DeactivateMFADevice`: takes the device from the user. A virtual one still exists then.
    pub async fn deactivate_mfa_device(&self, user: &str, serial: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DeactivateMFADevice", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .deactivate_mfa_device()
                .user_name(user)
                .serial_number(serial)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:DeleteVirtualMFADevice`. `DeleteConflict` while it belongs to a user.
    pub async fn delete_virtual_mfa_device(&self, serial: &str) -> Result<(), AwsError> {
        let call = Call {
            action: "iam:DeleteVirtualMFADevice",
            resource: Some(serial.to_owned()),
            missing: Entity::Other,
        };
        self.in_turn(&call, |watch| {
            self.iam
                .delete_virtual_mfa_device()
                .serial_number(serial)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:ListSSHPublicKeys`: their ids, all pages.
    pub async fn list_ssh_public_keys(&self, user: &str) -> Result<Vec<String>, AwsError> {
        let call = Call::on_user("iam:ListSSHPublicKeys", user, Entity::User);
        let keys = all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self.iam.list_ssh_public_keys().user_name(user);
                list.set_marker(marker.clone())
                    .customize()
                    .interceptor(watch)
                    .send()
            });
            let answer = page.await?;
            Ok(Page {
                items: answer.ssh_public_keys.unwrap_or_default(),
                is_truncated: answer.is_truncated,
                marker: answer.marker,
            })
        })
        .await?;
        let ids = keys.into_iter().map(|key| {
            whose(&call, user, &key.user_name)?;
            credential_id(&call, key.ssh_public_key_id)
        });
        ids.collect()
    }

    /// `iam:DeleteSSHPublicKey`.
    pub async fn delete_ssh_public_key(&self, user: &str, id: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DeleteSSHPublicKey", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .delete_ssh_public_key()
                .user_name(user)
                .ssh_public_key_id(id)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:ListSigningCertificates`: their ids, all pages.
    pub async fn list_signing_certificates(&self, user: &str) -> Result<Vec<String>, AwsError> {
        let call = Call::on_user("iam:ListSigningCertificates", user, Entity::User);
        let certificates = all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self.iam.list_signing_certificates().user_name(user);
                list.set_marker(marker.clone())
                    .customize()
                    .interceptor(watch)
                    .send()
            });
            Ok(page!(page.await?, certificates))
        })
        .await?;
        let ids = certificates.into_iter().map(|certificate| {
            whose(&call, user, &certificate.user_name)?;
            credential_id(&call, certificate.certificate_id)
        });
        ids.collect()
    }

    /// `iam:DeleteSigningCertificate`.
    pub async fn delete_signing_certificate(&self, user: &str, id: &str) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DeleteSigningCertificate", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .delete_signing_certificate()
                .user_name(user)
                .certificate_id(id)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }

    /// `iam:ListServiceSpecificCredentials`: their ids, all pages.
    pub async fn list_service_specific_credentials(
        &self,
        user: &str,
    ) -> Result<Vec<String>, AwsError> {
        let call = Call::on_user("iam:ListServiceSpecificCredentials", user, Entity::User);
        let credentials = all_pages(&call, async |marker| {
            let page = self.in_turn(&call, |watch| {
                let list = self.iam.list_service_specific_credentials().user_name(user);
                list.set_marker(marker.clone())
                    .customize()
                    .interceptor(watch)
                    .send()
            });
            let answer = page.await?;
            Ok(Page {
                items: answer.service_specific_credentials.unwrap_or_default(),
                is_truncated: answer.is_truncated,
                marker: answer.marker,
            })
        })
        .await?;
        let ids = credentials.into_iter().map(|credential| {
            whose(&call, user, &credential.user_name)?;
            credential_id(&call, credential.service_specific_credential_id)
        });
        ids.collect()
    }

    /// `iam:DeleteServiceSpecificCredential`.
    pub async fn delete_service_specific_credential(
        &self,
        user: &str,
        id: &str,
    ) -> Result<(), AwsError> {
        let call = Call::on_user("iam:DeleteServiceSpecificCredential", user, Entity::Other);
        self.in_turn(&call, |watch| {
            self.iam
                .delete_service_specific_credential()
                .user_name(user)
                .service_specific_credential_id(id)
                .customize()
                .interceptor(watch)
                .send()
        })
        .await?;
        Ok(())
    }
}

/// What is of another user must not be taken for the asked one's: it would be deleted.
fn whose(call: &Call, user: &str, of: &str) -> Result<(), AwsError> {
    if of.eq_ignore_ascii_case(user) {
        return Ok(());
    }
    Err(sort::nonsense(call, "the answer is about another user"))
}
