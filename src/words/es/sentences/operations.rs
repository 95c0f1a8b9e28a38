//! Accounts, webhooks, mail, what is fetched from outside, our own keys.

use super::Row;

pub const ROWS: &[Row] = &[
    (
        "the account needs a name of 1 to {max} characters",
        "la cuenta necesita un nombre de 1 a {max} caracteres",
    ),
    (
        "the account's name must be one line, without control characters",
        "el nombre de la cuenta debe ser una sola línea, sin caracteres de control",
    ),
    (
        "there are {count} keys already: remove retired ones first",
        "ya hay {count} claves: quite antes las retiradas",
    ),
    ("the account \"{slug}\" is deleted already", "la cuenta «{slug}» ya está eliminada"),
    (
        "say in 1 to 500 characters why: the account's owners read it in their events",
        "diga por qué en 1 a 500 caracteres: los propietarios de la cuenta lo leen en sus eventos",
    ),
    (
        "an account is destroyed on the command line alone",
        "una cuenta solo se destruye en la línea de comandos",
    ),
    ("the account \"{slug}\" is deleted", "la cuenta «{slug}» está eliminada"),
    (
        "there is already an account \"{slug}\"; choose another name",
        "ya hay una cuenta «{slug}»; elija otro nombre",
    ),
    ("there is already an account with this external id", "ya hay una cuenta con este id. externo"),
    ("The name in addresses: {error}.", "El nombre en las direcciones: {error}."),
    (
        "where to ask is an address that begins with https:// or mailto:, of 500 characters at most",
        "dónde preguntar es una dirección que empieza por https:// o mailto:, de 500 caracteres como máximo",
    ),
    ("there are {max} calendars already: take one back first", "ya hay {max} calendarios: retire antes uno"),
    (
        "{max} links to this sign-in are good already: take one back first",
        "ya hay {max} enlaces vigentes a este inicio de sesión: retire antes uno",
    ),
    (
        "no tokens are made for this audience; token.audiences has those for whom they are",
        "no se emiten tokens para este destinatario; token.audiences tiene aquellos para los que se emiten",
    ),
    ("{url} is the present address, and stays", "{url} es la dirección actual y se queda"),
    ("nothing was ever served as {url}", "nunca se sirvió nada como {url}"),
    ("{max} keys are good already: take one back first", "ya hay {max} claves válidas: retire antes una"),
    (
        "{max} setup links are good already: take one back first",
        "ya hay {max} enlaces de configuración válidos: retire antes uno",
    ),
    (
        "{max} setup links were made within a day: until the first of them is a day old, none is mailed. Make it without an address, and hand it \
         over yourself",
        "se crearon {max} enlaces de configuración en un día: hasta que el primero cumpla un día no se envía ninguno por correo. Créelo sin \
         dirección y entréguelo usted",
    ),
    // Webhooks.
    ("an account has {max} webhooks at the most", "una cuenta tiene {max} webhooks como máximo"),
    ("the webhook is switched off; switch it on first", "el webhook está desactivado; actívelo antes"),
    (
        "a new secret was made already, and until {until} messages are signed with the one before as well: have receivers \
         take the new one, and make no other until then. If the new one was lost, add a webhook in place of this one",
        "ya se creó un secreto nuevo y hasta {until} los mensajes se firman también con el anterior: haga que los \
         receptores tomen el nuevo y no cree otro hasta entonces. Si el nuevo se perdió, añada un webhook en lugar de este",
    ),
    ("the name must have {max} characters at most", "el nombre debe tener {max} caracteres como máximo"),
    ("choose what the webhook is told of", "elija de qué se avisa al webhook"),
    // What is fetched.
    (
        "\"{given}\" is not a web address: it must begin with https:// and name a host, without user name or password",
        "«{given}» no es una dirección web: debe empezar por https:// y nombrar un servidor, sin usuario ni contraseña",
    ),
    (
        "the address must begin with https://: what comes by http can be changed on its way. To try things out, the \
         operator can allow it (outbound.allow_http)",
        "la dirección debe empezar por https://: lo que llega por http puede cambiarse por el camino. Para hacer pruebas, el \
         operador puede permitirlo (outbound.allow_http)",
    ),
    (
        "{host} leads to a private or reserved network address, which nobody may send us to. If it is on your own \
         network, the operator can allow that (outbound.allow_private)",
        "{host} lleva a una dirección de red privada o reservada, a la que nadie puede enviarnos. Si está en su propia \
         red, el operador puede permitirlo (outbound.allow_private)",
    ),
    (
        "the name {host} was not found. Check its spelling, and that it is known in public",
        "no se encontró el nombre {host}. Compruebe que está bien escrito y que se conoce públicamente",
    ),
    ("{host} could not be reached: {cause}", "no se pudo llegar a {host}: {cause}"),
    (
        "{host} does not speak TLS at this address, so nothing was read from it. Check the host and the port",
        "{host} no habla TLS en esta dirección, así que no se leyó nada de allí. Compruebe el nombre y el puerto",
    ),
    (
        "{host} could not prove who it is, so nothing was read from it: {cause}",
        "{host} no pudo demostrar quién es, así que no se leyó nada de allí: {cause}",
    ),
    (
        "{host} did not answer in time. Try again later, or check the address",
        "{host} no respondió a tiempo. Inténtelo más tarde o compruebe la dirección",
    ),
    (
        "{host} sends on to another place (status {status}). Give the final address",
        "{host} envía a otro lugar (estado {status}). Dé la dirección definitiva",
    ),
    ("{host} answered with status {status}", "{host} respondió con el estado {status}"),
    (
        "{host} sends more than {limit} bytes, which is more than is read",
        "{host} envía más de {limit} bytes, que es más de lo que se lee",
    ),
    (
        "the answer of {host} broke off. Try again later",
        "la respuesta de {host} se interrumpió. Inténtelo más tarde",
    ),
    // Mail.
    ("the address that the mail goes to is none", "la dirección a la que va el correo no es una dirección"),
    ("the mail server did not take it: {cause}", "el servidor de correo no lo aceptó: {cause}"),
    (
        "mail.from is no address such as Gatepost <gatepost@example.org>",
        "mail.from no es una dirección como Gatepost <gatepost@example.org>",
    ),
    (
        "mail.smtp_url must begin with smtps://, or be smtp://…?tls=required (without TLS on this machine only)",
        "mail.smtp_url debe empezar por smtps://, o ser smtp://…?tls=required (sin TLS solo en esta misma máquina)",
    ),
    ("mail.smtp_url cannot be read", "no se puede leer mail.smtp_url"),
    (
        "mail.smtp_url_file ({path}) cannot be read: {cause}",
        "no se puede leer mail.smtp_url_file ({path}): {cause}",
    ),
    // Jobs and keys of our own.
    (
        "the job is done; only one that was given up is retried",
        "el trabajo está hecho; solo se reintenta el que se abandonó",
    ),
    (
        "the job waits to be done; only one that was given up is retried",
        "el trabajo espera su turno; solo se reintenta el que se abandonó",
    ),
    (
        "this account is given a new key already; wait a minute",
        "esta cuenta ya está recibiendo una clave nueva; espere un minuto",
    ),
    ("the master key was not changed: {why}", "la clave maestra no se cambió: {why}"),
    (
        "a new key is published already and will sign from {active_from} on; wait until then, or say that the \
         present key is in wrong hands",
        "ya se publicó una clave nueva, que firmará desde {active_from}; espere hasta entonces, o diga que la clave actual \
         está en malas manos",
    ),
    (
        "another process makes a new key at this moment",
        "otro proceso está creando una clave nueva en este momento",
    ),
    (
        "the new keys are published since {since}; identity providers that fetch our metadata know them by {ripe_at}. \
         Go on then, or at once if the identity provider knows them already.",
        "las claves nuevas están publicadas desde {since}; los proveedores de identidad que leen nuestros metadatos las \
         conocerán el {ripe_at}. Siga entonces, o enseguida si el proveedor de identidad ya las conoce.",
    ),
    (
        "this key is published still; only retired keys are removed",
        "esta clave sigue publicada; solo se quitan las claves retiradas",
    ),
    (
        "it was changed since you looked at it; look again and repeat the change",
        "se cambió desde que usted lo miró; mírelo otra vez y repita el cambio",
    ),
];
