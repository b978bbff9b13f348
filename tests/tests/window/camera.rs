//! Takes pictures of the window, in every theme, for people to look at.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use leasehold_tests::window::Window;
use leasehold_tests::{pictures, until};
use serde_json::json;

use crate::steps::settings;

/// The usual size of the window, and its least.
const USUAL: (u32, u32) = (1160, 740);
const LEAST: (u32, u32) = (720, 480);

/// A window before the camera.
pub(crate) struct Camera<'w> {
    window: &'w Window,
    folder: PathBuf,
    /// A test goes everywhere once; a tour has every place in both.
    themes: &'static [&'static str],
}

impl<'w> Camera<'w> {
    pub(crate) async fn before(window: &'w Window) -> Result<Self> {
        window.resize(USUAL.0, USUAL.1).await?;
        Ok(Self {
            window,
            folder: pictures()?,
            themes: match std::env::var_os("LEASEHOLD_TOUR") {
                Some(_) => &["light", "dark"],
                None => &["light"],
            },
        })
    }

    /// Goes to a route of the pages and waits for this to be there.
    pub(crate) async fn go(&self, route: &str, sign: &str) -> Result<()> {
        let target = format!("#{route}");
        let here = self
            .window
            .script("return location.hash", Vec::new())
            .await?;
        // Going where one is closes nothing that lies over it.
        let ways = if here == json!(target) {
            vec!["#/connections", &target]
        } else {
            vec![target.as_str()]
        };
        for way in ways {
            let go = "location.hash = arguments[0]";
            self.window.script(go, vec![json!(way)]).await?;
        }
        self.window
            .wait(sign)
            .await
            .with_context(|| route.to_owned())?;
        Ok(())
    }

    /// Goes there and takes its picture.
    pub(crate) async fn visit(&self, name: &str, route: &str, sign: &str) -> Result<()> {
        self.go(route, sign).await?;
        self.take(name).await
    }

    /// Takes a picture of what is to be seen now.
    pub(crate) async fn take(&self, name: &str) -> Result<()> {
        self.take_as(name, "").await
    }

    /// The same in the smallest window there can be, where nothing may be wider than it.
    pub(crate) async fn take_small(&self, name: &str) -> Result<()> {
        self.window.resize(LEAST.0, LEAST.1).await?;
        self.take_as(name, "-small").await?;
        let wide =
            "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        let wide = self.window.script(wide, Vec::new()).await?;
        self.window.resize(USUAL.0, USUAL.1).await?;
        ensure!(
            wide == json!(0),
            "{name} is {wide} too wide for a small window"
        );
        Ok(())
    }

    /// Takes a picture of the window of a key, which is of its own size and turned to already.
    pub(crate) async fn take_key(&self, name: &str) -> Result<()> {
        for theme in self.themes {
            self.window.to_main().await?;
            settings(self.window, &[("theme", json!(theme))]).await?;
            self.window.to_key().await?;
            self.photograph(theme, &format!("{name}-{theme}")).await?;
        }
        Ok(())
    }

    async fn take_as(&self, name: &str, end: &str) -> Result<()> {
        for theme in self.themes {
            settings(self.window, &[("theme", json!(theme))]).await?;
            self.photograph(theme, &format!("{name}-{theme}{end}"))
                .await?;
        }
        Ok(())
    }

    /// Takes it as soon as the page has this theme.
    async fn photograph(&self, theme: &str, name: &str) -> Result<()> {
        let source = "return document.documentElement.dataset.theme";
        until("the theme", || async {
            ensure!(self.window.script(source, Vec::new()).await? == json!(theme));
            Ok(())
        })
        .await?;
        let file = self.folder.join(format!("{name}.png"));
        self.window.picture(&file).await
    }
}
