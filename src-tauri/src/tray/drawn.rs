//! The tray as it was last drawn. A menu that is open stays open while only its texts change.

use tauri::image::Image;
use tauri::menu::{IsMenuItem, Menu, MenuItem, MenuItemBuilder, PredefinedMenuItem, Submenu};
use tauri::{AppHandle, Runtime};

use super::TRAY;
use super::look::{Item, Look, Mood};

pub(super) fn icon(mood: Mood) -> Image<'static> {
    match mood {
        Mood::Idle => tauri::include_image!("../icons/tray-idle.png"),
        Mood::Soon => tauri::include_image!("../icons/tray-soon.png"),
        Mood::Attention => tauri::include_image!("../icons/tray-attention.png"),
    }
}

/// A menu of these items.
pub(super) fn menu<R: Runtime>(app: &AppHandle<R>, items: &[Item]) -> tauri::Result<Menu<R>> {
    let (menu, _) = make(app, items)?;
    Ok(menu)
}

/// What of a menu has a text that can change.
enum Line<R: Runtime> {
    Item(MenuItem<R>),
    Submenu(Submenu<R>),
}

impl<R: Runtime> Line<R> {
    fn say(&self, text: &str) -> tauri::Result<()> {
        match self {
            Self::Item(item) => item.set_text(shown(text)),
            Self::Submenu(submenu) => submenu.set_text(shown(text)),
        }
    }
}

/// A single `&` would underline what follows it.
fn shown(text: &str) -> String {
    text.replace('&', "&&")
}

fn make<R: Runtime>(app: &AppHandle<R>, items: &[Item]) -> tauri::Result<(Menu<R>, Vec<Line<R>>)> {
    let menu = Menu::new(app)?;
    let mut lines = Vec::new();
    append(app, items, &mut lines, &|item| menu.append(item))?;
    Ok((menu, lines))
}

/// Appends the items, and lists what has a text in the order of [`Item::texts`].
fn append<R: Runtime>(
    app: &AppHandle<R>,
    items: &[Item],
    lines: &mut Vec<Line<R>>,
    to: &dyn Fn(&dyn IsMenuItem<R>) -> tauri::Result<()>,
) -> tauri::Result<()> {
    for item in items {
        match item {
            Item::Rule => to(&PredefinedMenuItem::separator(app)?)?,
            Item::Line { id, text, on } => {
                let line = MenuItemBuilder::with_id(id, shown(text))
                    .enabled(*on)
                    .build(app)?;
                to(&line)?;
                lines.push(Line::Item(line));
            }
            Item::Under { id, text, items } => {
                let submenu = Submenu::with_id(app, id, shown(text), true)?;
                lines.push(Line::Submenu(submenu.clone()));
                append(app, items, lines, &|item| submenu.append(item))?;
                to(&submenu)?;
            }
        }
    }
    Ok(())
}

/// The tray as it was last drawn.
pub(super) struct Drawn<R: Runtime> {
    look: Look,
    lines: Vec<Line<R>>,
}

impl<R: Runtime> Drawn<R> {
    /// Draws what changed.
    pub(super) fn update(app: &AppHandle<R>, drawn: Option<Self>, look: Look) -> Option<Self> {
        if drawn.as_ref().is_some_and(|drawn| drawn.look == look) {
            return drawn;
        }
        match Self::draw(app, drawn, look) {
            Ok(drawn) => drawn,
            Err(error) => {
                tracing::warn!(%error, "the tray could not be drawn");
                None
            }
        }
    }

    fn draw(app: &AppHandle<R>, drawn: Option<Self>, look: Look) -> tauri::Result<Option<Self>> {
        let Some(tray) = app.tray_by_id(TRAY) else {
            return Ok(None);
        };
        if drawn
            .as_ref()
            .is_none_or(|drawn| drawn.look.mood != look.mood)
        {
            tray.set_icon(Some(icon(look.mood)))?;
        }
        tray.set_tooltip(Some(&look.tooltip))?;
        if let Some(mut drawn) = drawn.filter(|drawn| drawn.look.same_shape(&look)) {
            let (old, new) = (drawn.look.texts(), look.texts());
            for ((line, old), new) in drawn.lines.iter().zip(old).zip(new) {
                if old != new {
                    line.say(new)?;
                }
            }
            drawn.look = look;
            return Ok(Some(drawn));
        }
        let (menu, lines) = make(app, &look.items)?;
        tray.set_menu(Some(menu))?;
        Ok(Some(Self { look, lines }))
    }
}
