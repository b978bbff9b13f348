//! A window with one blank page and nothing else: what the toolkit costs by itself. `cargo xtask bench`
//! measures Leasehold's window beside it. An example of this package, so that it is built from the very
//! same Tauri with the very same features.

use tauri::{Builder, WindowEvent, Wry};

fn main() -> tauri::Result<()> {
    Builder::<Wry>::default()
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event {
                api.prevent_close();
                // A window that does not hide is told by the figures.
                let _ = window.hide();
            }
        })
        .run(tauri::generate_context!(
            "examples/empty-window/tauri.conf.json"
        ))
}
