//! Los textos sobre lo que va a terminar.

use super::M;
use crate::words::DeadlinesText;

pub(super) const DEADLINES: DeadlinesText = DeadlinesText {
    nav: M("Plazos"),
    nav_all: M("Todos los plazos"),
    title: M("Lo que va a terminar"),
    lead: M(
        "Certificados, claves y enlaces que van a terminar, primero lo más próximo. Se escribe a los propietarios 30, 14 y 7 días y un día antes, y a quien usted nombre abajo.",
    ),
    lead_all: M(
        "Lo que va a terminar en todas las cuentas, primero lo más próximo, tal como era la última vez que se miró: hace menos de una hora.",
    ),
    none: M("Nada termina pronto."),
    none_near: M("Nada termina en los próximos doce meses."),
    picture: M("Los próximos doce meses: una marca por cada fin."),
    today: M("Hoy"),
    in_months: M("+{months} meses"),
    when: M("Termina"),
    what: M("Qué"),
    whose: M("Cuenta"),
    people: M("Personas"),
    then: M("Qué pasa entonces"),
    ended: M("terminó"),
    in_days: M("en {days} días"),
    in_a_day: M("en menos de un día"),
    in_one_day: M("en un día"),
    more_than: M("más de {count}"),
    replaced: M("Para entonces hay otra cosa en su lugar."),
    later: M("Los siguientes"),
    beyond: M("Dentro de más de doce meses: {count}"),
    contact: M("A quién escribir"),
    contact_lead: M(
        "Además de los propietarios, sobre lo que termina y sobre los metadatos que esperan una decisión: quien administra su proveedor de identidad, por ejemplo ti@escuela.example. Puede quedar vacío.",
    ),
    contact_email: M("Dirección de correo"),
    contact_save: M("Guardar"),
    calendars: M("En su calendario"),
    calendars_lead: M(
        "Un programa de calendario puede mostrar todo esto con una dirección secreta. Termina cuando usted la retira o cuando quien la creó ya no puede entrar.",
    ),
    calendar_make: M("Crear una dirección de calendario"),
    calendar_made: M("Su nueva dirección de calendario"),
    calendar_made_lead: M(
        "Cópiela ahora en su programa de calendario: no se muestra otra vez. Quien la tenga ve esta lista.",
    ),
    calendar_used: M("última consulta"),
    calendar_unused: M("nunca consultada"),
    calendar_revoke: M("Retirar"),
    calendar_revoke_label: M("Retirar la dirección de calendario creada el {date}"),
    calendar: M("Gatepost: lo que va a terminar"),
    calendar_of: M("Gatepost: lo que va a terminar en {account}"),
    what_idp_certificate: M("Certificado del proveedor de identidad"),
    what_metadata: M("Metadatos del proveedor de identidad"),
    what_sp_certificate: M("Nuestro certificado"),
    what_api_key: M("Clave de API"),
    what_setup_link: M("Enlace de configuración"),
    what_owner_invitation: M("Invitación de propietario"),
    what_domain_proof: M("Prueba de un dominio"),
    what_zoom_secret: M("Secreto de la aplicación de Zoom, con un año de uso"),
    what_zoom_validation: M("Zoom vuelve a pedir prueba de la dirección"),
    what_relaxation: M("Algo permitido más allá de las reglas estrictas"),
    effect_relaxation: M(
        "Desde entonces se rechazan los inicios de sesión que dependen de ello. Haga que se arregle antes en el proveedor de identidad, o permítalo por más tiempo en Ajustes, Rigor.",
    ),
    effect_zoom_secret: M(
        "Nada se detiene: los secretos de Zoom no terminan por sí solos. Pero quien haya visto uno puede usarlo; cree uno nuevo en la página de la aplicación en Zoom e introdúzcalo aquí.",
    ),
    effect_zoom_validation: M(
        "Zoom pregunta cada tres días si sus eventos nos llegan. Si para entonces no ha preguntado, pulse Validate junto a la dirección en la página de la aplicación en Zoom; si no, Zoom deja de enviar eventos.",
    ),
    effect_idp_certificate: M(
        "El inicio de sesión sigue: aquí cuenta la clave, no la fecha. Pero muchos proveedores de identidad cambian de certificado por esos días; añada el nuevo antes de que lo hagan.",
    ),
    effect_metadata: M(
        "Los últimos metadatos buenos siguen en uso, pero no se aprende nada nuevo de ellos. Vea por qué no se pueden obtener.",
    ),
    effect_sp_certificate: M(
        "Los proveedores de identidad que miran las fechas pueden rechazar nuestras peticiones o dejar de cifrar para nosotros. Cree uno nuevo antes y entrégueselo.",
    ),
    effect_api_key: M(
        "Desde entonces se rechaza a los programas que la usan. Cree una nueva y póngala en su lugar antes.",
    ),
    effect_setup_link: M("Desde entonces no funciona. Si todavía hace falta, cree otro."),
    effect_owner_invitation: M("Desde entonces no funciona. Si no se usa antes, invite otra vez."),
    effect_domain_proof: M(
        "Desde entonces el dominio no cuenta como suyo: su gente no llega a su inicio de sesión. Vuelva a poner el registro DNS.",
    ),
    mail_subject: M("{account}: algo va a terminar pronto"),
    mail: M(
        "Esto va a terminar pronto en {account}:\n\n{lines}\n\nTodo, con lo que hay que hacer:\n\n{page}",
    ),
};
