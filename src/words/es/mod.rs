//! Spanish: neutral, as it is spoken in Latin America, with “usted”, in the words of schools.

mod branding;
mod console;
mod deadlines;
mod domains;
mod events;
mod idp;
mod judged;
mod mapping;
mod mend;
mod notices;
mod operators;
mod paste;
mod people;
mod reference;
pub(in crate::words) mod sentences;
mod setup;
mod sign_ins;
mod sso;
mod strictness;
mod webhooks;
mod zoom;
mod zoom_events;
mod zoom_inventory;
mod zoom_provisioning;

use super::{Message as M, Text};

/// Spanish.
pub static ES: Text = Text {
    language: "es",
    language_name: M("Español"),
    sentence: sentences::of,
    templates: sentences::templates,
    code_user: judged::code_user,
    mend: mend::MEND,
    setup: setup::SETUP,
    step: judged::step,
    relaxation: judged::relaxation,
    side: judged::side,
    paste: paste::problem,
    idp: idp::IDP,
    console: console::CONSOLE,
    sso: sso::SSO,
    strictness: strictness::STRICTNESS,
    webhooks: webhooks::WEBHOOKS,
    zoom: zoom::ZOOM,
    zoom_provisioning: zoom_provisioning::ZOOM_PROVISIONING,
    zoom_inventory: zoom_inventory::ZOOM_INVENTORY,
    zoom_events: zoom_events::ZOOM_EVENTS,
    reference: reference::REFERENCE,
    branding: branding::BRANDING,
    notices: notices::NOTICES,
    deadlines: deadlines::DEADLINES,
    domains: domains::DOMAINS,
    events: events::EVENTS,
    operators: operators::OPERATORS,
    sign_ins: sign_ins::SIGN_INS,
    people: people::PEOPLE,
    mapping: mapping::MAPPING,

    skip_to_content: M("Ir al contenido"),
    demo_badge: M("Demostración"),
    footer: M("Gatepost, la puerta de acceso"),
    footer_languages: M("Idioma"),

    start_title: M("Iniciar sesión"),
    start_lead: M("Entre con la cuenta que ya le dio su escuela o su empresa."),
    start_who_label: M("Su correo electrónico de la escuela o del trabajo"),
    start_who_hint: M(
        "O el nombre corto de su escuela o empresa, tal como aparece en su dirección de acceso; por ejemplo, lincoln-high.",
    ),
    start_account_button: M("Continuar"),
    start_remembered: M("Así inició sesión la última vez en este navegador."),
    start_another: M("En otro lugar"),
    start_problem_empty: M("Escriba su correo electrónico o el nombre corto de su escuela o empresa."),
    start_problem_unknown: M(
        "No conocemos «{value}». Revise cómo está escrito o pida la dirección de acceso a su administrador.",
    ),
    start_problem_domain: M(
        "No conocemos ninguna escuela ni empresa por lo que sigue a la @. Revise cómo está escrito o use el nombre corto.",
    ),

    signin_title: M("Iniciar sesión en {account}"),
    signin_lead: M("Irá a la página de acceso de su propia escuela o empresa y después volverá aquí."),
    signin_choose: M("Elija cómo iniciar sesión"),
    signin_with: M("Continuar con {connection}"),
    signin_none: M(
        "Esta cuenta todavía no tiene ninguna forma de iniciar sesión. Consulte a su administrador.",
    ),
    signin_other_account: M("¿No es su escuela o empresa? Elija otra"),

    me_title: M("Ya inició sesión"),
    me_lead: M("Hola, {name}. Inició sesión en {account}."),
    me_lead_unnamed: M("Inició sesión en {account}."),
    me_person: M("Sus datos"),
    me_name: M("Nombre"),
    me_email: M("Correo electrónico"),
    me_email_verified: M("verificado"),
    me_email_unverified: M("sin verificar"),
    me_email_none: M("No se envió ningún correo electrónico"),
    me_name_none: M("No se envió ningún nombre"),
    me_username: M("Nombre de usuario"),
    me_roles: M("Roles"),
    me_groups: M("Grupos"),
    me_name_id: M("NameID"),
    me_name_id_format: M("Formato del NameID"),
    me_account: M("Cuenta"),
    me_connection: M("Entró por"),
    me_signed_in_at: M("Inicio de la sesión"),
    me_signed_out_at: M("La sesión dura hasta"),
    me_attributes: M("Lo que nos dijo su página de acceso"),
    me_attributes_lead: M(
        "Estos atributos llegaron con su inicio de sesión, tal como se enviaron y firmaron.",
    ),
    me_attributes_none: M("El inicio de sesión no trajo ningún atributo."),
    me_attribute_name: M("Atributo"),
    me_attribute_values: M("Valor"),
    me_attribute_empty: M("vacío"),
    me_trace: M("Cómo se revisó este inicio de sesión"),
    me_trace_lead: M("Cada revisión del mensaje que le trajo aquí, en el orden en que se hizo."),
    me_trace_none: M("El registro de este inicio de sesión ya no se conserva."),
    me_sign_out: M("Cerrar sesión"),
    me_sessions: M("Otros lugares donde tiene la sesión abierta"),
    me_sessions_lead: M("Si no reconoce alguna, ciérrela y avise a su administrador."),
    me_sessions_none: M("No tiene la sesión abierta en ningún otro lugar."),
    me_session_browser: M("Navegador"),
    me_session_when: M("Sesión"),
    me_session_unknown: M("Navegador desconocido"),
    me_session_seen_at: M("Último uso"),
    me_session_end: M("Cerrar esta sesión"),
    me_sessions_end: M("Cerrar todas las demás sesiones"),

    refused_title: M("No fue posible iniciar su sesión"),
    refused_again: M("Intentar de nuevo"),
    refused_again_hint: M("Si sigue ocurriendo, dé a su administrador la referencia que aparece abajo."),
    refused_admin: M("Para su administrador"),
    refused_admin_lead: M("Con esta referencia se puede consultar la causa exacta:"),
    refused_reference: M("Referencia"),
    refused_at: M("Hora"),
    refused_code: M("Código"),
    refused_detail: M("Qué pasó"),
    refused_detail_lead: M("Ve esto porque puede administrar esta conexión."),
    refused_detail_lead_demo: M(
        "Ve esto porque es una demostración. Normalmente solo lo ven quienes administran la conexión.",
    ),
    refused_check: M("La revisión que falló"),
    refused_mend: M("Qué hacer"),
    refused_side: M("Quién puede corregirlo"),
    refused_rule: M("La regla"),

    tested_title: M("La prueba salió bien"),
    tested_lead: M(
        "Todo en este inicio de sesión está como debe. Era una prueba, así que no se abrió ninguna sesión.",
    ),

    again_title: M("Un momento más"),
    again_lead: M("Estamos terminando de iniciar su sesión. Si no pasa nada, presione el botón."),
    again_button: M("Continuar"),

    replace_title: M("¿Cambiar a otra sesión?"),
    replace_lead_account: M(
        "Tiene una sesión abierta en {present}. Otra página le trajo aquí para iniciar sesión en {next}.",
    ),
    replace_lead_person: M(
        "Tiene una sesión abierta en {account}. Otra página le trajo aquí para entrar como otra persona.",
    ),
    replace_hint: M("Si no lo esperaba, siga como está. Si continúa, su sesión actual se cierra."),
    replace_stay: M("Seguir en {account}"),
    replace_stay_person: M("Seguir como estoy"),
    replace_go: M("Continuar a {account}"),
    replace_go_person: M("Continuar como otra persona"),

    handover_title: M("Hacia {idp}"),
    handover_lead: M("Le llevamos a {idp} para que inicie sesión."),
    handover_link: M("Continuar a {idp}"),
    handover_button: M("Continuar a {idp}"),

    not_found_title: M("Aquí no hay nada"),
    not_found_lead: M(
        "Esta dirección no lleva a ninguna parte. Revise cómo está escrita o empiece de nuevo.",
    ),

    error_title: M("Algo falló de nuestro lado"),
    error_lead: M("No es culpa suya y no se cambió nada. Intente de nuevo en un momento."),
    error_reference: M("Si sigue ocurriendo, dé esta referencia a su administrador:"),

    unavailable_title: M("No podemos responder en este momento"),
    unavailable_lead: M("Intente de nuevo en un minuto. No se perdió nada."),

    bad_form_title: M("Este formulario no se pudo usar"),
    bad_form_lead: M(
        "Puede que sea demasiado antiguo o que se haya enviado desde otra página. Vuelva atrás, recargue la página e intente de nuevo.",
    ),

    forbidden_title: M("Esto no está abierto para usted"),
    forbidden_lead: M(
        "Ya inició sesión, pero su rol no permite esto. Un propietario de su cuenta puede hacerlo o darle el rol.",
    ),
    too_many_title: M("Demasiados intentos"),
    too_many_lead: M(
        "Desde su red llegaron demasiados intentos sin éxito. Espere un minuto y empiece de nuevo desde su página de acceso.",
    ),

    method_title: M("Eso no se puede hacer aquí"),
    method_lead: M(
        "Esta dirección recibe otro tipo de solicitudes. Empiece de nuevo desde la página de inicio.",
    ),

    slow_title: M("Tardó demasiado"),
    slow_lead: M("Su solicitud no llegó a tiempo. Revise su conexión a internet e intente de nuevo."),

    too_large_title: M("Eso fue demasiado"),
    too_large_lead: M(
        "Su solicitud es más grande de lo que esta dirección recibe. Si estaba iniciando sesión, avise a su administrador: la página de acceso de su escuela o empresa envía demasiados atributos o grupos.",
    ),

    bad_request_title: M("Esta solicitud no tiene sentido aquí"),
    bad_request_lead: M(
        "Revise cómo está escrita la dirección o empiece de nuevo desde la página de inicio.",
    ),

    sender_title: M("No sabemos de dónde viene"),
    sender_unknown_lead: M(
        "La página de acceso de su escuela o empresa lo envió aquí, y nadie la ha configurado aquí con el nombre que da. No ha iniciado sesión. Empiece desde su página de acceso de este sitio; si vuelve a ocurrir, avise a su administrador.",
    ),
    sender_ambiguous_lead: M(
        "La página de acceso de su escuela o empresa lo envió aquí, y pertenece a más de un acceso. No ha iniciado sesión. Empiece desde su página de acceso de este sitio, para que sepamos a cuál se refiere.",
    ),

    framed_title: M("Inicie sesión en una ventana propia"),
    framed_lead: M("Por su seguridad, esta página no se abre dentro de otra."),
    framed_link: M("Abrir en toda la ventana"),

    signed_out_title: M("Cerró la sesión"),
    signed_out_lead: M("Su sesión aquí terminó."),
    signed_out_note: M(
        "Puede que su sesión siga abierta en la página de acceso de su escuela o empresa. En una computadora compartida, ciérrela allí también o cierre el navegador.",
    ),
    signed_out_again: M("Iniciar sesión de nuevo"),

    to_start: M("Ir a la página de inicio"),

    demo_title: M("Pruebe Gatepost"),
    demo_lead: M(
        "Esto es Gatepost con una cuenta de demostración, {account}, y a su lado un proveedor de identidad simulado. Aquí nada es real y nada sale de esta computadora.",
    ),
    demo_steps: M("Pruébelo en tres pasos"),
    demo_step_1: M("Elija una de las conexiones de abajo. Irá al proveedor de identidad simulado."),
    demo_step_2: M(
        "Allí elija una persona y presione «Iniciar sesión». Volverá aquí con la sesión abierta y verá cómo se revisó.",
    ),
    demo_step_3: M(
        "Cierre la sesión, intente de nuevo y esta vez elija una falla: el inicio de sesión se rechaza y usted ve qué revisión dijo que no.",
    ),
    demo_connections: M("Iniciar sesión"),
    demo_connections_lead: M("Cada conexión responde con la forma del producto cuyo nombre lleva."),
    demo_people: M("Quién puede ser"),
    demo_people_lead: M(
        "Sin contraseñas: usted elige a la persona en el proveedor de identidad simulado o inventa una.",
    ),
    demo_person: M("Persona"),
    demo_person_email: M("Correo electrónico"),
    demo_person_role: M("Rol"),
    demo_account_page: M("Abrir la página de acceso de {account}"),
    demo_console: M("La consola, cuando ya haya entrado por el enlace"),
    demo_zoom: M("Zoom, sin Zoom"),
    demo_zoom_lead: M(
        "La cuenta de demostración está enlazada con un sustituto de Zoom que tiene {users} usuarios, para probar todo lo de Zoom sin Zoom. Entre en la consola por el enlace que muestra el terminal, abra la cuenta y elija Zoom.",
    ),
    demo_zoom_link: M("El sustituto de Zoom"),
    demo_about_okta: M(
        "Firma la respuesta y la aserción; reconoce a las personas por su correo electrónico.",
    ),
    demo_about_entra: M(
        "Firma solo la aserción; reconoce a las personas por el identificador de objeto, que no cambia aunque cambie el nombre.",
    ),
    demo_about_clever: M(
        "Firma la aserción con SHA-256 y no envía certificado; reconoce a las personas por su identificador de Clever.",
    ),
    demo_about_canvas: M(
        "El proveedor de identidad de la escuela, delante de Canvas; cada persona tiene un identificador permanente.",
    ),
    demo_idp: M("El proveedor de identidad simulado"),
    demo_idp_lead: M("Sus propias páginas, con sus metadatos y los accesos directos de su portal."),

    trace_held: M("Aceptado: se cumplieron {held} de {all} revisiones; las demás no aplican a este mensaje."),
    trace_refused: M("Rechazado. «{step}» No. Antes se cumplieron {held} revisiones."),
    trace_not_reached: M("No se llegó a {count} revisiones más."),
    trace_pass: M("sí"),
    trace_warn: M("sí, con una observación"),
    trace_fail: M("no"),
    trace_skip: M("no aplica"),
    trace_wanted: M("Se esperaba"),
    trace_found: M("Se encontró"),
    trace_value: M("Valor"),
    trace_signed: M("Firmas que se verificaron"),
    trace_signed_line: M("En {element}: {algorithm}, con la clave {key}"),
    trace_encrypted: M("Se descifró"),
    trace_encrypted_line: M("{cipher} en {element}, clave por {transport}"),
    trace_relaxed: M("Aceptado solo porque esta conexión permite"),
    trace_warnings: M("Observaciones para administradores"),
    trace_rule: M("Regla"),
    trace_claim_issuer: M("Issuer, según el mensaje"),
    trace_claim_destination: M("Destination, según el mensaje"),
    trace_claim_in_response_to: M("InResponseTo, según el mensaje"),
    element_response: M("la respuesta"),
    element_assertion: M("la aserción"),
    element_message: M("el mensaje"),
    element_metadata: M("los metadatos"),
    element_name_id: M("el NameID"),
};
