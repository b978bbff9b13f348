//! Every command of the windows, once: the build makes the app manifest of it, the shell its
//! dispatch.

/// Calls a macro with the path of every command.
macro_rules! every_command {
    ($call:ident) => {
        $call![
            app::app_status,
            app::window_ready,
            app::window_unload,
            app::place_remember,
            app::app_hide,
            app::app_quit,
            app::text_copy,
            desktop::desktop_get,
            desktop::autostart_set,
            desktop::notifications_pause,
            desktop::notification_test,
            environment::environment_list,
            environment::environment_add,
            environment::environment_rename,
            environment::environment_remove,
            environment::environment_reorder,
            connection::connection_list,
            connection::connection_add_key,
            connection::connection_add_practice,
            connection::connection_check,
            connection::connection_policy,
            connection::connection_remove,
            secret::secret_list,
            secret::secret_check,
            secret::secret_add,
            secret::secret_edit,
            secret::secret_pin,
            secret::secret_remove,
            secret::secret_preflight,
            lease::lease_create,
            lease::lease_list,
            lease::lease_page,
            lease::lease_show,
            lease::lease_renewal_preview,
            lease::lease_renew,
            lease::lease_revoke,
            lease::lease_revoke_many,
            lease::lease_revoke_stop,
            lease::lease_retry,
            lease::lease_forget,
            lease::lease_acknowledge,
            lease::lease_reconcile,
            orphan::orphan_list,
            orphan::orphan_adopt,
            orphan::orphan_remove,
            credentials::credentials_open,
            credentials::credentials_get,
            credentials::credentials_reveal,
            credentials::credentials_preview,
            credentials::credentials_copy,
            credentials::credentials_keep,
            credentials::credentials_close,
            activity::activity_list,
            activity::activity_verify,
            activity::activity_export,
            break_glass::break_glass_write,
            practice::practice_skip,
            practice::practice_reset,
            settings::settings_get,
            settings::settings_set
        ]
    };
}

macro_rules! names {
    ($($module:ident :: $name:ident),*) => { &[$(stringify!($name)),*] };
}

/// The names as the pages call them.
#[allow(
    dead_code,
    reason = "the build and the tests read it, the shell dispatches by macro"
)]
pub const COMMANDS: &[&str] = every_command!(names);
