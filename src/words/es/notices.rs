//! What owners are told by mail, and why something is not to be had.

use super::M;
use crate::words::NoticesText;

pub(super) const NOTICES: NoticesText = NoticesText {
    webhook_off_subject: M("Se desactivó un webhook"),
    webhook_off: M(
        "El webhook {name} de {account} se desactivó: durante dos días no le llegó nada. Lo que ocurra desde ahora no se avisa ahí.\n\nRepare lo que responde ahí y vuelva a activarlo:\n\n{page}",
    ),
    webhook_gone: M(
        "El webhook {name} de {account} se desactivó: respondió que ya no existe. Lo que ocurra desde ahora no se avisa ahí.\n\nSi todavía debe existir, repárelo y vuelva a activarlo; si no, quítelo:\n\n{page}",
    ),
    key_subject: M("Un certificado espera su decisión"),
    key: M(
        "Los inicios de sesión por {connection} en {account} llegan firmados con un certificado en el que nadie confía, y se rechazan.\n\nSHA-256 del certificado: {fingerprint}\n\nSi su proveedor de identidad tiene un certificado nuevo, compárelo con el de su consola y apruébelo. Si no, otra persona lo está intentando: rechácelo.\n\n{page}",
    ),
    metadata_waits_subject: M("Los metadatos de su proveedor de identidad esperan su decisión"),
    metadata_waits: M(
        "Los metadatos de la conexión {connection} en {account} dicen algo que no se sigue hasta que lo revise un propietario. {found}\n\nHasta entonces todo queda como está. Si su proveedor de identidad cambia de certificado o de dirección y aquí nadie responde, los inicios de sesión se rechazarán desde el día en que lo haga.\n\nCompare lo que espera con lo que muestra la consola del proveedor de identidad, y sígalo o quédese con lo que hay:\n\n{page}",
    ),
    activated_subject: M("Su inicio de sesión único está activo"),
    activated: M(
        "Quien tiene el enlace de configuración {link} de {account} probó la conexión {connection} y la activó: las personas ya inician sesión por ella.\n\nSi no debe ser así, desactívela:\n\n{page}",
    ),
    activated_by_key: M(
        "Un programa con la clave de API {key} activó la conexión {connection} de {account}: las personas ya inician sesión por ella.\n\nSi no debe ser así, desactívela:\n\n{page}",
    ),
    believes_otherwise_subject: M("Se cambió a quién cree su inicio de sesión único"),
    believes_otherwise: M(
        "Un programa con la clave de API {key}, que no nombra propietarios, ha cambiado los certificados, las direcciones o los ajustes de la conexión {connection} de {account}: deciden adónde se envía a las personas y por quién se las toma, y quien tenga una clave en la que se confía allí puede hacer entrar a personas. Lo que cambie allí más tarde hoy no se avisa otra vez; el historial lo muestra todo.\n\nSi no debe ser así, vuelva a lo que había antes y revoque la clave:\n\n{page}",
    ),
    given_up_subject: M("Se abandonó una conexión para siempre"),
    given_up: M(
        "La conexión {connection} de {account} se abandonó para siempre: ya nadie inicia sesión por ella, y se cerraron las sesiones de quienes habían entrado por ella. No hay vuelta atrás. Quién lo hizo consta aquí:\n\n{page}\n\nSi las personas deben iniciar sesión como antes, cree una conexión nueva.",
    ),
    zoom_broke_subject: M("El enlace con Zoom ya no funciona"),
    zoom_broke: M(
        "El enlace de {account} con Zoom no funciona desde {since}: {problem}\n\nQué se probó, y qué hacer, está en su página:\n\n{page}",
    ),
    zoom_mended_subject: M("El enlace con Zoom vuelve a funcionar"),
    zoom_mended: M("El enlace de {account} con Zoom vuelve a funcionar. No queda nada por hacer.\n\n{page}"),
    zoom_ended_subject: M("La aplicación se quitó en Zoom"),
    zoom_ended: M(
        "Alguien quitó en Zoom la aplicación de {account}. Ya no se lee ni se cambia nada en Zoom, y no llegan eventos.\n\nSi no debería ser así, autorice otra vez la aplicación:\n\n{page}",
    ),
    zoom_held_subject: M("El aprovisionamiento en Zoom espera su decisión"),
    zoom_held: M(
        "El aprovisionamiento en Zoom de {account} encontró {people} personas cuyo usuario de Zoom se desactivaría o eliminaría. Su configuración solo permite tantas con el visto bueno de un propietario, así que todavía no se hizo nada de este plan.\n\nRevíselo, y llévelo a cabo o cancélelo:\n\n{page}",
    ),
    zoom_failed_subject: M("El aprovisionamiento en Zoom no pudo seguir"),
    zoom_failed: M(
        "El aprovisionamiento en Zoom de {account} terminó antes de tiempo. El motivo, y qué hacer, están en la página de la ejecución:\n\n{page}",
    ),
    owner_raised_subject: M("Hay un propietario nuevo"),
    owner_raised: M(
        "{owner} es ahora propietario de {account} por su rol. Los eventos de la consola dicen quién lo hizo.\n\n{ways}\n\nSi no debe ser así, quite el rol en la consola, en Personas, o pregunte al soporte de la plataforma.",
    ),
    owner_way: M("Inicia sesión por {connection}."),
    owner_way_key: M(
        "Inicia sesión por {connection}. De sus certificados, metadatos y ajustes tal como están ahora, algo se introdujo el {at} con la clave de API {name}, que no nombra propietarios: revíselos, pues deciden quién entra como esta persona.",
    ),
    owner_way_link: M(
        "Inicia sesión por {connection}. De sus certificados, metadatos y ajustes tal como están ahora, algo se introdujo el {at} por el enlace de configuración {name}: revíselos, pues deciden quién entra como esta persona.",
    ),
    owner_way_none: M("Hasta ahora ningún inicio de sesión único lleva a esa persona."),
    owner_unvouched: M(
        "Introdujo esta dirección alguien que no puede nombrar propietarios: no se envía allí ningún enlace para entrar ni ningún aviso. Si es suya, quítela en Personas, guarde e introdúzcala de nuevo.",
    ),
    passkey_removed_subject: M("Se quitó una llave de acceso de un propietario"),
    passkey_removed: M(
        "Otro propietario o un operador quitó la llave de acceso {name} de {owner}, propietario de {account}. Ya no deja entrar a nadie.\n\nSi no debe ser así, pregunte a los demás propietarios: los eventos de la consola dicen quién lo hizo.",
    ),
    passkey_ended: M(
        "{owner} ya no es propietario de {account}, por lo que se quitó la llave de acceso {name}. Ya no deja entrar a nadie.\n\nSi no debe ser así, los eventos de la consola dicen cómo perdió el rol.",
    ),
    passkeys: M("Llaves de acceso de los propietarios"),
    passkeys_lead: M(
        "Cada una deja entrar a su propietario, también sin el inicio de sesión único. Quite las que nadie necesite; se avisa a todos los propietarios.",
    ),
    passkeys_owner: M("Propietario"),
    passkey_break_glass: M(
        "Usted entró con el enlace de un operador, por eso ahora no se puede registrar una llave de acceso: duraría más que ese enlace. Entre con el inicio de sesión único, con una llave que ya tenga o con su propio enlace, y regístrela entonces.",
    ),
    link_in_use: M(
        "Esta conexión está en uso. De ahora en adelante la atiende un propietario de la cuenta, en la consola.",
    ),
};
