//! What tests ask of every page, the gateway's and the pretend identity provider's.

use super::assets::SCRIPT;

/// A value that would become markup wherever it is not escaped.
pub const HOSTILE: &str = r#"<script>alert('1')</script>"><img src=x onerror="alert(2)">&amp;'"#;

/// The same as a text of a page.
pub const ESCAPED: &str = "&#60;script&#62;alert(&#39;1&#39;)&#60;/script&#62;&#34;&#62;\
    &#60;img src=x onerror=&#34;alert(2)&#34;&#62;&#38;amp;&#39;";

/// [`HOSTILE`] stands in the page, if at all, as a text.
pub fn assert_escaped(html: &str, page: &str) {
    assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{page}: markup came through");
    assert!(!html.contains("onerror=\"") && !html.contains("'1'"), "{page}: a quote came through");
}

/// The page holds no script, style or handler of its own and loads nothing from another host.
pub fn assert_served_from_here(html: &str, page: &str) {
    let script = format!("<script src=\"{}\" defer></script>", SCRIPT.path());
    let ours = html.matches(script.as_str()).count();
    assert!(ours <= 1, "{page}: the script file twice");
    assert_eq!(html.matches("<script").count(), ours, "{page}: only the one script file");
    assert!(!html.contains("<style") && !html.contains(" style="), "{page}: inline style");
    for tag in tags(html) {
        assert!(!has_event_handler(tag), "{page}: inline handler in {tag}");
        for attribute in [" src=\"", " href=\""] {
            let Some((_, value)) = tag.split_once(attribute) else { continue };
            let is_here = value.starts_with('/') && !value.starts_with("//");
            let is_link = tag.starts_with("a ");
            let is_empty_icon = tag.starts_with("link rel=\"icon\"") && value.starts_with("data:,\"");
            assert!(is_here || is_link || is_empty_icon, "{page}: {tag} loads from elsewhere");
        }
    }
}

/// The page has a language, one first heading and a main part; its forms work without script.
pub fn assert_accessible(html: &str, page: &str, language: &str) {
    assert!(html.starts_with(&format!("<!DOCTYPE html>\n<html lang=\"{language}\">")), "{page}");
    assert_eq!(html.matches("<h1").count(), 1, "{page}");
    assert_eq!(html.matches("<main id=\"main\"").count(), 1, "{page}");
    for form in html.split("<form").skip(1) {
        let form = form.split("</form>").next().unwrap_or_default();
        assert!(form.contains("<button type=\"submit\""), "{page}: a form that needs script");
    }
}

/// The tags of a document whose texts are escaped: every `<` begins one.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|tag| tag.split('>').next()).map(|tag| tag.trim_end_matches('/'))
}

fn has_event_handler(tag: &str) -> bool {
    // Attribute values are quoted, so that every second part lies outside of quotes.
    let outside = tag.split('"').step_by(2);
    outside.flat_map(str::split_ascii_whitespace).any(|name| name.starts_with("on") && name.ends_with('='))
}
