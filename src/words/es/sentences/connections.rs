//! Connections: their settings, certificates, metadata and mappings.

use super::Row;

pub const ROWS: &[Row] = &[
    (
        "an account has at most {max} connections, with those that were retired",
        "una cuenta tiene {max} conexiones como máximo, contando las que se abandonaron",
    ),
    (
        "an account has at most {max} connections that are not retired: retire those that nobody needs any more",
        "una cuenta tiene como máximo {max} conexiones no abandonadas: abandone las que ya nadie necesita",
    ),
    (
        "what is in messages is for owners: patterns, separators and rules for roles are tried on something pasted, not \
         on sign-ins of others",
        "lo que contienen los mensajes es para los propietarios: los patrones, los separadores y las reglas de roles se \
         prueban con algo pegado, no con accesos de otras personas",
    ),
    (
        "what is encrypted is opened for owners alone: have the identity provider send one that is not, to try it",
        "lo cifrado se abre solo para los propietarios: para probarlo, haga que el proveedor de identidad envíe uno sin cifrar",
    ),
    (
        "changes are being tried for this account just now; try again in a moment",
        "en este momento ya se están probando cambios para esta cuenta; inténtelo de nuevo dentro de un momento",
    ),
    (
        "metadata is being fetched for this account just now; try again in a moment",
        "en este momento se están leyendo metadatos para esta cuenta; inténtelo dentro de un momento",
    ),
    (
        "by this connection people are found by their email address or by the platform's own id; an owner of the account \
         activates it, in the console",
        "por esta conexión se encuentra a las personas por su correo electrónico o por el id. propio de la plataforma; la \
         activa un propietario de la cuenta, en la consola",
    ),
    (
        "by this connection people become administrators or owners of the account, by what is said of them; an owner of \
         the account activates it, in the console",
        "por esta conexión las personas pasan a ser administradores o propietarios de la cuenta, según lo que se dice de \
         ellas; la activa un propietario de la cuenta, en la consola",
    ),
    (
        "an owner of the account decides, in the console, that people are found by their email address or by the platform's \
         own id: a setup link only makes new people",
        "que se encuentre a las personas por su correo electrónico o por el id. propio de la plataforma lo decide un \
         propietario de la cuenta, en la consola: un enlace de configuración solo crea personas nuevas",
    ),
    (
        "an owner of the account decides, in the console, which roles people have by what is said of them",
        "qué roles tienen las personas según lo que se dice de ellas lo decide un propietario de la cuenta, en la consola",
    ),
    (
        "the identity provider's Entity ID must have 1 to 1024 characters",
        "el ID de entidad del proveedor de identidad debe tener de 1 a 1024 caracteres",
    ),
    (
        "the identity provider's Entity ID has white space around it or control characters in it",
        "el ID de entidad del proveedor de identidad tiene espacios alrededor o caracteres de control",
    ),
    ("the sign-on address \"{url}\": {error}", "la dirección de inicio de sesión «{url}»: {error}"),
    (
        "{relaxation} cannot be allowed; set IdP-initiated sign-in to accept instead",
        "no se puede permitir {relaxation}; en su lugar, ponga en «accept» el inicio desde el proveedor de identidad",
    ),
    (
        "a connection needs a sign-on address: sso_redirect_url or sso_post_url",
        "una conexión necesita una dirección de inicio de sesión: sso_redirect_url o sso_post_url",
    ),
    ("\"{audience}\" is no audience", "«{audience}» no es un destinatario"),
    ("\"{context}\" is no authentication context", "«{context}» no es un contexto de autenticación"),
    (
        "The certificate {sha256} expired on {day}. It is trusted all the same.",
        "El certificado {sha256} caducó el {day}. Se confía en él igualmente.",
    ),
    (
        "The certificate {sha256} ends on {day}. Ask the identity provider for its next one.",
        "El certificado {sha256} termina el {day}. Pida el siguiente al proveedor de identidad.",
    ),
    (
        "The certificate {sha256} was made with SHA-1. That decides nothing here, but identity providers of that age often \
         sign messages with SHA-1 too: choose SHA-256 there.",
        "El certificado {sha256} se hizo con SHA-1. Aquí eso no decide nada, pero los proveedores de identidad de esa época \
         suelen firmar también los mensajes con SHA-1: elija allí SHA-256.",
    ),
    (
        "The certificate {sha256} has a key of fewer than 2048 bits, which is refused unless rsa_1024 is allowed.",
        "El certificado {sha256} tiene una clave de menos de 2048 bits, que se rechaza si no se permite rsa_1024.",
    ),
    (
        "Of a chain of certificates only the first is trusted; {left_out} left out.",
        "De una cadena de certificados solo se confía en el primero; {left_out} quedan fuera.",
    ),
    (
        "This certificate is a built-in test key: everybody can sign with it. Try things with it only.",
        "Este certificado es una clave de prueba incorporada: cualquiera puede firmar con ella. Úsela solo para probar.",
    ),
    (
        "the ACS URL must have {max} characters at most",
        "la URL del ACS debe tener {max} caracteres como máximo",
    ),
    ("the ACS URL \"{acs_url}\": {error}", "la URL del ACS «{acs_url}»: {error}"),
    (
        "our entity ID must have 1 to 1024 characters",
        "nuestro ID de entidad debe tener de 1 a 1024 caracteres",
    ),
    ("give the identity provider's certificate", "dé el certificado del proveedor de identidad"),
    (
        "another connection stands between this SP entity ID and this identity provider already",
        "ya hay otra conexión entre este ID de entidad nuestro y este proveedor de identidad",
    ),
    (
        "the metadata is about \"{found}\" and not about \"{wanted}\". If the identity provider has changed its Entity ID, \
         look at the change and approve it",
        "los metadatos son de «{found}» y no de «{wanted}». Si el proveedor de identidad cambió su ID de entidad, mire el \
         cambio y apruébelo",
    ),
    (
        "what waits is not what was shown: the metadata has changed again since. Look once more, and approve what you see \
         then",
        "lo que espera no es lo que se mostró: los metadatos han vuelto a cambiar. Mírelo otra vez y apruebe lo que vea \
         entonces",
    ),
    ("the certificate is not that of the private key", "el certificado no es el de la clave privada"),
    (
        "the connection is switched off; nobody signs in by it",
        "la conexión está desactivada; nadie inicia sesión por ella",
    ),
    (
        "the connection was retired; nobody signs in by it",
        "la conexión se abandonó; nadie inicia sesión por ella",
    ),
    ("this day has passed", "este día ya pasó"),
    ("it must be a day such as 2027-06-30", "debe ser un día como 2027-06-30"),
    ("a whole number from {least} to {most}", "un número entero de {least} a {most}"),
    ("say which value", "diga qué valor"),
    ("choose where it comes from, or leave this empty", "elija de dónde viene o deje esto vacío"),
    ("give it a name", "dele un nombre"),
    ("say which role", "diga qué rol"),
    ("say which attribute", "diga qué atributo"),
    ("say which text", "diga qué texto"),
    ("there is no certificate in it", "no contiene ningún certificado"),
    (
        "say in 1 to {max} characters why it goes without a test",
        "diga en 1 a {max} caracteres por qué se hace sin una prueba",
    ),
    (
        "the connection is switched off, and was not tested as it is now. Enable it again: that takes no test",
        "la conexión está desactivada, y no se probó tal como es ahora. Actívela de nuevo: para eso no hace falta una prueba",
    ),
    (
        "the connection was not tested as it is now. Make a test sign-in first; an operator may go without one, and say why",
        "la conexión no se ha probado tal como está ahora. Haga antes un inicio de sesión de prueba; un operador puede \
         prescindir de él, diciendo por qué",
    ),
    (
        "the connection has to be tested first, and activated then",
        "antes hay que probar la conexión, y activarla después",
    ),
    (
        "nobody signs in by the connection yet, so there is nothing to switch off. If it is not wanted, give it up",
        "todavía nadie inicia sesión por la conexión, así que no hay nada que desactivar. Si no se quiere, abandónela",
    ),
    ("the connection was retired; make a new one", "la conexión se abandonó; cree una nueva"),
    (
        "this connection is in use, or was; an owner of the account changes it, in the console",
        "esta conexión está en uso, o lo estuvo; la cambia un propietario de la cuenta, en la consola",
    ),
    (
        "somebody else began to set this connection up; ask an owner of the account for a setup link that goes on with it",
        "otra persona empezó a configurar esta conexión; pida a un propietario de la cuenta un enlace de configuración que \
         siga con ella",
    ),
    (
        "a setup link that goes on with a connection is for single sign-on: choose that too",
        "un enlace de configuración que sigue con una conexión es para el inicio de sesión único: elija eso también",
    ),
    (
        "a setup link goes on with a connection that is being set up; this one is in use, or was",
        "un enlace de configuración sigue con una conexión que se está configurando; esta está en uso, o lo estuvo",
    ),
    (
        "whoever had another setup link brought certificates, addresses or settings of this connection; an owner of the \
         account activates it, in the console",
        "quien tuvo otro enlace de configuración aportó certificados, direcciones o ajustes de esta conexión; la \
         activa un propietario de la cuenta, en la consola",
    ),
    (
        "whoever had another setup link brought certificates, addresses or settings of this connection. Set it up to the \
         end in the console, or make a link that begins a new connection",
        "quien tuvo otro enlace de configuración aportó certificados, direcciones o ajustes de esta conexión. Termine de \
         configurarla en la consola, o cree un enlace que empiece una conexión nueva",
    ),
    ("the metadata cannot be used ({code}): {mend}", "no se pueden usar los metadatos ({code}): {mend}"),
    (
        "the metadata has several identity providers; say which, by its entity ID ({names})",
        "los metadatos tienen varios proveedores de identidad; diga cuál, por su ID de entidad ({names})",
    ),
    (
        "the metadata is trusted by its signature and does not say until when (validUntil), so that an old copy could be \
         passed off as new. Have it published with validUntil, or trust it by TLS",
        "se confía en los metadatos por su firma y no dicen hasta cuándo valen (validUntil), así que una copia vieja podría \
         pasar por nueva. Haga que se publiquen con validUntil, o confíe en ellos por TLS",
    ),
    (
        "a certificate that cannot be read (base64 of its DER)",
        "un certificado que no se puede leer (base64 de su DER)",
    ),
    (
        "Paste a SAML response or assertion (XML, or the base64 that was posted), or attributes as JSON: {\"name_id\": \
         \"maya@school.example\", \"groups\": [\"staff\"]}",
        "Pegue una respuesta o aserción SAML (XML, o el base64 que se envió), o atributos como JSON: {\"name_id\": \
         \"maya@school.example\", \"groups\": [\"staff\"]}",
    ),
    (
        "nothing about a person can be read from this. {paste}",
        "de esto no se puede leer nada sobre una persona. {paste}",
    ),
    (
        "nothing about a person can be read from this (it is refused as {code}). {paste}",
        "de esto no se puede leer nada sobre una persona (se rechaza como {code}). {paste}",
    ),
    ("the name must have 1 to 200 characters", "el nombre debe tener de 1 a 200 caracteres"),
    (
        "{count} keys are more than the {max} that a connection may trust",
        "{count} claves son más que las {max} en las que puede confiar una conexión",
    ),
    (
        "a connection must trust at least one key of 2048 bits or more (or on an elliptic curve), else nobody can sign in",
        "una conexión debe confiar al menos en una clave de 2048 bits o más (o de curva elíptica); si no, nadie puede \
         iniciar sesión",
    ),
    ("the connection was retired; it does not change any more", "la conexión se abandonó; ya no cambia"),
    (
        "another connection stands between our entity ID and that identity provider already",
        "ya hay otra conexión entre nuestro ID de entidad y ese proveedor de identidad",
    ),
    (
        "This is one of Gatepost's built-in test keys, which everybody can sign with. They are trusted on http://localhost \
         only: use the identity provider's own certificate.",
        "Esta es una de las claves de prueba incorporadas en Gatepost, con las que cualquiera puede firmar. Solo se confía \
         en ellas en http://localhost: use el certificado propio del proveedor de identidad.",
    ),
    (
        "this is neither the certificate that the sign-ins were signed with nor its fingerprint. If the identity provider's \
         console shows this one, the sign-ins come from somebody else: decline the certificate",
        "esto no es ni el certificado con el que se firmaron los inicios de sesión ni su huella. Si la consola del proveedor \
         de identidad muestra este, los inicios de sesión vienen de otra persona: rechace el certificado",
    ),
    ("no trusted key has the SHA-256 \"{hash}\"", "ninguna clave de confianza tiene el SHA-256 «{hash}»"),
    ("the settings must be a JSON object", "los ajustes deben ser un objeto JSON"),
    ("at most {max} seconds", "como máximo {max} segundos"),
    ("there is no such setting", "no existe ese ajuste"),
    ("it cannot be kept", "no se puede guardar"),
    // Keys and certificates.
    (
        "No certificate was given. Paste the identity provider's X.509 certificate.",
        "No se dio ningún certificado. Pegue el certificado X.509 del proveedor de identidad.",
    ),
    (
        "This is not an X.509 certificate. Paste it as PEM (-----BEGIN CERTIFICATE-----), as its base64 alone, or give the \
         DER file.",
        "Esto no es un certificado X.509. Péguelo como PEM (-----BEGIN CERTIFICATE-----), solo su base64, o dé el archivo \
         DER.",
    ),
    (
        "This is a private key. Never hand it out: give the certificate (-----BEGIN CERTIFICATE-----) instead, and replace \
         the key, since it has been shown.",
        "Esto es una clave privada. No la entregue nunca: dé en su lugar el certificado (-----BEGIN CERTIFICATE-----) y \
         sustituya la clave, puesto que se ha mostrado.",
    ),
    (
        "This PEM text holds no certificate. Look for -----BEGIN CERTIFICATE-----.",
        "Este texto PEM no contiene ningún certificado. Busque -----BEGIN CERTIFICATE-----.",
    ),
    (
        "The certificate's key is of a kind that is not accepted. RSA, and EC on P-256, P-384 or P-521, are.",
        "La clave del certificado es de un tipo que no se admite. Se admiten RSA, y EC sobre P-256, P-384 o P-521.",
    ),
    (
        "The RSA key has {bits} bits. Keys of 2048 to 8192 bits are accepted.",
        "La clave RSA tiene {bits} bits. Se admiten claves de 2048 a 8192 bits.",
    ),
    (
        "This is not a private key in PEM without a passphrase.",
        "Esto no es una clave privada en PEM sin contraseña.",
    ),
];
