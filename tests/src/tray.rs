//! A panel with a tray, as far as an application can tell: it takes tray icons, reads their menus and clicks in them.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow, ensure};
use tokio::sync::watch;
use tokio::time::timeout;
use zbus::Connection;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Structure, Value};

use self::watcher::Watcher;
use crate::session::Session;
use crate::{STEP, until};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const MENU: &str = "com.canonical.dbusmenu";

/// The panel, on one session's bus until it is dropped.
pub struct Tray {
    items: watch::Receiver<Vec<String>>,
    connection: Connection,
}

/// One icon in the tray.
pub struct Icon {
    owner: String,
    path: String,
    connection: Connection,
}

/// One entry of an icon's menu; entries of submenus follow their parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuEntry {
    /// The entry's id in the menu.
    pub id: i32,
    /// Its text, without the underscores that mark access keys.
    pub label: String,
    /// Whether it can be clicked.
    pub enabled: bool,
}

impl Tray {
    /// Takes the place of the desktop's panel. Start it before the application: most look for a tray once.
    ///
    /// # Errors
    /// When the session has a panel already.
    pub async fn start(session: &Session) -> Result<Self> {
        let (sender, items) = watch::channel(Vec::new());
        let connection = zbus::connection::Builder::address(session.address()?.as_str())?
            .serve_at("/StatusNotifierWatcher", Watcher { items: sender })?
            .name(WATCHER)?
            .build()
            .await?;
        Ok(Self { items, connection })
    }

    /// Waits for the first icon and gives it.
    ///
    /// # Errors
    /// When no application registers one.
    pub async fn icon(&self) -> Result<Icon> {
        let mut items = self.items.clone();
        let waiting = items.wait_for(|items| !items.is_empty());
        let item = match timeout(STEP, waiting).await {
            Ok(Ok(items)) => items.first().cloned(),
            _ => None,
        };
        let item = item.ok_or_else(|| anyhow!("no application put an icon into the tray"))?;
        let split = item
            .find('/')
            .ok_or_else(|| anyhow!("{item} names no object"))?;
        let (owner, path) = item.split_at(split);
        let connection = self.connection.clone();
        Ok(Icon {
            owner: owner.to_owned(),
            path: path.to_owned(),
            connection,
        })
    }
}

impl Icon {
    /// A property of `org.kde.StatusNotifierItem` that is text, such as `Title`, `IconName` or `Status`.
    ///
    /// # Errors
    /// When the icon has no such property or is gone.
    pub async fn property(&self, name: &str) -> Result<String> {
        Ok(String::try_from(self.get(name).await?)?)
    }

    /// The menu as it is now, read anew at each call. Separators are left out.
    ///
    /// # Errors
    /// When the icon has no menu or is gone.
    pub async fn menu(&self) -> Result<Vec<MenuEntry>> {
        let no_names: &[&str] = &[];
        let reply = self
            .menu_call("GetLayout", &(0_i32, -1_i32, no_names))
            .await?;
        type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);
        let (_, root): (u32, Node) = reply.body().deserialize()?;
        let mut entries = Vec::new();
        read_nodes(&root.2, &mut entries)?;
        Ok(entries)
    }

    /// Waits for a menu entry whose label contains `text`.
    ///
    /// # Errors
    /// When there is none in time; the message shows the menu.
    pub async fn entry(&self, text: &str) -> Result<MenuEntry> {
        until(&format!("a tray menu entry with {text:?}"), || async {
            let menu = self.menu().await?;
            let found = menu
                .iter()
                .find(|entry| entry.label.contains(text))
                .cloned();
            found.ok_or_else(|| anyhow!("the menu is {menu:#?}"))
        })
        .await
    }

    /// Clicks the entry whose label contains `text`.
    ///
    /// # Errors
    /// When there is none, or it cannot be clicked.
    pub async fn click(&self, text: &str) -> Result<()> {
        let entry = self.entry(text).await?;
        ensure!(entry.enabled, "{entry:?} is disabled");
        let nothing = Value::from(String::new());
        self.menu_call("Event", &(entry.id, "clicked", nothing, 0_u32))
            .await?;
        Ok(())
    }

    async fn menu_call<B>(&self, method: &str, body: &B) -> Result<zbus::Message>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
    {
        let menu = OwnedObjectPath::try_from(self.get("Menu").await?)?;
        let owner = Some(self.owner.as_str());
        let call = self
            .connection
            .call_method(owner, menu, Some(MENU), method, body);
        call.await.with_context(|| format!("{MENU}.{method}"))
    }

    async fn get(&self, property: &str) -> Result<OwnedValue> {
        let item = zbus::Proxy::new(
            &self.connection,
            self.owner.as_str(),
            self.path.as_str(),
            "org.kde.StatusNotifierItem",
        );
        item.await?
            .get_property(property)
            .await
            .with_context(|| format!("tray icon: {property}"))
    }
}

fn read_nodes(nodes: &[OwnedValue], entries: &mut Vec<MenuEntry>) -> Result<()> {
    for node in nodes {
        let node = Structure::try_from(node.try_clone()?)?;
        let (id, properties, children): (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>) =
            node.try_into()?;
        let text = |name: &str| {
            let value = properties
                .get(name)
                .and_then(|value| <&str>::try_from(value).ok());
            value.unwrap_or_default().to_owned()
        };
        let enabled = properties
            .get("enabled")
            .and_then(|value| bool::try_from(value).ok());
        if text("type") != "separator" {
            let label = text("label").replace('_', "");
            entries.push(MenuEntry {
                id,
                label,
                enabled: enabled.unwrap_or(true),
            });
        }
        read_nodes(&children, entries)?;
    }
    Ok(())
}

/// The object on the bus. Apart, because the macro adds public items of its own.
mod watcher {
    use tokio::sync::watch;
    use zbus::message::Header;
    use zbus::object_server::SignalEmitter;

    pub(super) struct Watcher {
        pub(super) items: watch::Sender<Vec<String>>,
    }

    #[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
    impl Watcher {
        async fn register_status_notifier_item(
            &self,
            service: String,
            #[zbus(header)] header: Header<'_>,
            #[zbus(signal_emitter)] watcher: SignalEmitter<'_>,
        ) {
            // Applications name either their bus name or only the object's path (libayatana-appindicator does).
            let sender = header.sender().map(ToString::to_string).unwrap_or_default();
            let item = match service.strip_prefix('/') {
                Some(_) => format!("{sender}{service}"),
                None => format!("{service}/StatusNotifierItem"),
            };
            let _ = Self::status_notifier_item_registered(&watcher, &item).await;
            self.items.send_modify(|items| items.push(item));
        }

        async fn register_status_notifier_host(
            &self,
            _service: String,
            #[zbus(signal_emitter)] watcher: SignalEmitter<'_>,
        ) {
            let _ = Self::status_notifier_host_registered(&watcher).await;
        }

        #[zbus(property)]
        fn registered_status_notifier_items(&self) -> Vec<String> {
            self.items.borrow().clone()
        }

        #[zbus(property)]
        fn is_status_notifier_host_registered(&self) -> bool {
            true
        }

        #[zbus(property)]
        fn protocol_version(&self) -> i32 {
            0
        }

        /// An application has put an icon into the tray.
        #[zbus(signal)]
        async fn status_notifier_item_registered(
            watcher: &SignalEmitter<'_>,
            service: &str,
        ) -> zbus::Result<()>;

        /// The panel shows a tray now.
        #[zbus(signal)]
        async fn status_notifier_host_registered(watcher: &SignalEmitter<'_>) -> zbus::Result<()>;
    }
}
