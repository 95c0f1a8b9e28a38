//! Los textos sobre el aspecto de las cuentas.

use super::M;
use crate::words::BrandingText;

pub(super) const BRANDING: BrandingText = BrandingText {
    nav: M("Aspecto"),
    title: M("Cómo se ve su página de inicio de sesión"),
    lead: M("Su gente lo ve donde inicia sesión con ustedes y donde se rechaza un inicio de sesión."),
    name: M("Nombre"),
    language: M("Idioma de las páginas"),
    language_browser: M("El que pida el navegador de cada persona"),
    colour: M("Color"),
    colour_hint: M("# y seis dígitos, por ejemplo #0b6b58. Vacío para el nuestro."),
    colour_adjusted: M(
        "Para que se pueda leer, se muestra como {light} en el aspecto claro y como {dark} en el oscuro.",
    ),
    colour_light_adjusted: M("Para que se pueda leer en el aspecto claro, ahí se muestra como {light}."),
    colour_dark_adjusted: M("Para que se pueda leer en el aspecto oscuro, ahí se muestra como {dark}."),
    logo: M("Logotipo"),
    logo_hint: M("PNG, JPEG o WebP, de 128 KiB y 2000 × 1000 píxeles como máximo."),
    logo_remove: M("Quitar el logotipo"),
    help_text: M("A quién preguntar"),
    help_text_hint: M("En una frase, por ejemplo: Pregunte en informática, sala 12."),
    help_url: M("Dónde preguntar"),
    help_url_hint: M("Una dirección que empieza por https:// o mailto:"),
    preview: M("Vista previa"),
    preview_lead: M("Todavía sin guardar."),
    preview_button: M("Ver antes"),
    save: M("Guardar"),
    example_button: M("Iniciar sesión"),
    help_link: M("Obtener ayuda"),
    help_title: M("Quién puede ayudar"),
};
