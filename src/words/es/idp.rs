//! The pretend identity provider.

use crate::words::{IdpText, Message as M};

pub const IDP: IdpText = IdpText {
    banner: M("Proveedor de identidad simulado"),
    banner_note: M("Para hacer pruebas. Sin contraseñas ni personas reales."),
    acts_like: M("Responde como {product}"),
    to_home: M("Todos los productos que se simulan aquí"),
    test_keys: M(
        "Aquí todo se firma con claves de prueba que cualquiera tiene. Ningún servicio real debe confiar en ellas.",
    ),

    home_title: M("A quién se simula aquí"),
    home_lead: M(
        "Cada uno responde con la forma del producto cuyo nombre lleva. Empiece en la puerta de acceso, como siempre, o empiece aquí, como se hace desde un portal.",
    ),
    home_entity_id: M("Entity ID"),
    home_sso_url: M("Dirección de inicio de sesión único"),
    home_start: M("Empezar desde {product}"),
    home_metadata: M("Metadatos de {product}"),
    home_about_signs: M("Firma {what} con {algorithm}."),
    signs_response: M("la respuesta"),
    signs_assertion: M("la aserción"),
    signs_both: M("la respuesta y la aserción"),
    signs_neither: M("nada"),
    home_about_encrypts: M("Cifra la aserción."),

    start_title: M("¿Adónde?"),
    start_lead: M("Un inicio de sesión que empieza aquí necesita saber a qué proveedor de servicio va."),
    start_wrong: M("La ACS URL debe empezar con http:// o https://."),
    start_button: M("Continuar"),
    sp_entity_id: M("Entity ID del proveedor de servicio"),
    acs_url: M("Su ACS URL"),

    choose_title: M("¿Quién es usted?"),
    choose_lead: M("Va a iniciar sesión en"),
    choose_unsolicited: M(
        "Nadie pidió este inicio de sesión: empieza aquí, como desde un acceso directo de un portal.",
    ),
    choose_forced: M("La solicitud pide iniciar sesión de nuevo (ForceAuthn)."),
    choose_passive: M(
        "La solicitud pide no mostrar ninguna página (IsPassive). Un proveedor de identidad real respondería sin preguntar.",
    ),

    people_legend: M("Elija una persona"),
    people_other: M("Una persona inventada"),
    first_name: M("Nombre"),
    last_name: M("Apellido"),
    email: M("Correo electrónico"),
    role: M("Rol"),

    fault_legend: M("¿Debe haber algo mal?"),
    fault_label: M("Falla"),
    fault_mistakes: M("Errores"),
    fault_attacks: M("Ataques"),
    show_first: M("Mostrarme el mensaje antes de enviarlo"),
    sign_in: M("Iniciar sesión"),
    edit: M("Cambiar lo que se envía"),

    fault_none: M("Nada: una respuesta correcta"),
    fault_expired: M("Venció hace un día"),
    fault_not_yet_valid: M("Vale a partir de mañana"),
    fault_wrong_audience: M("Hecha para otro servicio (Audience)"),
    fault_wrong_recipient: M("Hecha para otra dirección (Recipient)"),
    fault_wrong_issuer: M("De otro proveedor de identidad (Issuer)"),
    fault_wrong_request: M("Responde a otra solicitud (InResponseTo)"),
    fault_denied: M("Esta persona no puede usar el servicio (Status)"),
    fault_sha1: M("Firmada con SHA-1"),
    fault_unsigned: M("Sin firmar"),
    fault_unknown_key: M("Firmada con una clave desconocida"),
    fault_encrypted_to_another: M("Cifrada para la clave de otro"),
    fault_tampered: M("La persona se cambió después de firmar"),
    fault_wrapped: M("Firma envuelta: una aserción falsa antes de la firmada"),
    fault_comment: M("Un comentario dentro del NameID"),
    fault_replayed: M("La respuesta anterior otra vez (inicie sesión una vez antes)"),

    edit_title: M("Lo que se envía"),
    edit_lead: M("Esto es lo que se enviaría para {name}. Cambie lo que quiera."),
    subject_legend: M("Sujeto"),
    name_id: M("NameID"),
    name_id_format: M("Formato"),
    no_format: M("(ninguno)"),
    attributes_legend: M("Atributos"),
    attributes_hint: M("Varios valores: uno por línea. Una fila sin nombre no se envía."),
    attribute_group: M("Atributo {number}"),
    attribute_name: M("Nombre"),
    attribute_values: M("Valores"),
    add_row: M("Agregar una fila"),

    send_title: M("De regreso"),
    send_lead: M("La respuesta va a"),
    send_button: M("Enviar la respuesta"),
    send_message: M("El mensaje"),

    problem_title: M("Eso no funciona"),
    problem_request: M(
        "Esta no es una solicitud de inicio de sesión que se pueda leer ({why}). Empiece en la puerta de acceso o en la primera página de aquí.",
    ),
    problem_acs: M(
        "La solicitud no dice adónde debe ir la respuesta, y aquí no se conoce ningún proveedor de servicio. Empiece en la primera página de aquí y escriba su ACS URL.",
    ),
    problem_not_here: M("Esa página no existe aquí."),
    problem_person: M("Elija una persona de la lista o invente una."),
    problem_previous: M(
        "Todavía no hay una respuesta anterior que enviar de nuevo. Inicie sesión una vez sin falla y vuelva a intentarlo.",
    ),
    problem_mint: M("No se pudo crear la respuesta: {why}."),
};
