//! What the engine and the sign-in remark in a trace about the content of a message; what is kept of jobs that failed.

use super::Row;

pub const ROWS: &[Row] = &[
    // The assertion.
    ("one assertion", "una aserción"),
    ("another one, hidden", "otra más, escondida"),
    ("{plain} plain, {encrypted} encrypted", "{plain} sin cifrar, {encrypted} cifradas"),
    ("the assertion's own signature", "la firma de la propia aserción"),
    ("the response's signature", "la firma de la respuesta"),
    ("the response's signature over the ciphertext", "la firma de la respuesta sobre el texto cifrado"),
    ("a signature on the assertion or the response", "una firma sobre la aserción o la respuesta"),
    (
        "an unsigned assertion whose names depend on declarations outside of it",
        "una aserción sin firmar cuyos nombres dependen de declaraciones de fuera",
    ),
    ("a dateTime in UTC", "un dateTime en UTC"),
    ("{name} {text} without a time zone", "{name} {text} sin zona horaria"),
    ("a NotBefore of {now} or earlier", "un NotBefore de {now} o anterior"),
    ("a NotOnOrAfter later than {now}", "un NotOnOrAfter posterior a {now}"),
    (
        "a lifetime of at most {seconds} s: no later than {latest}",
        "una vigencia de {seconds} s como mucho: no después de {latest}",
    ),
    ("later than {now}", "posterior a {now}"),
    ("{now} or earlier", "{now} o anterior"),
    ("{begin} to {end}", "de {begin} a {end}"),
    ("{begin} to …", "desde {begin}"),
    ("… to {end}", "hasta {end}"),
    ("… to …", "sin principio ni final"),
    ("an AuthnStatement", "un AuthnStatement"),
    ("no AuthnInstant", "ningún AuthnInstant"),
    ("an authentication since {since}", "una autenticación desde {since}"),
    ("no Subject", "ningún Subject"),
    ("something else in the Subject", "otra cosa en el Subject"),
    ("a NameID", "un NameID"),
    ("no NameID", "ningún NameID"),
    ("a BaseID", "un BaseID"),
    ("a NameID without a Format", "un NameID sin Format"),
    ("a comment in the NameID", "un comentario en el NameID"),
    ("elements in the NameID", "elementos en el NameID"),
    ("an empty NameID", "un NameID vacío"),
    ("an EncryptedID that cannot be read", "un EncryptedID que no se puede leer"),
    ("a bearer SubjectConfirmation", "una SubjectConfirmation de tipo bearer"),
    ("one SubjectConfirmationData", "un SubjectConfirmationData"),
    ("bearer, until {until}", "bearer, hasta {until}"),
    ("a NotOnOrAfter", "un NotOnOrAfter"),
    ("none in the SubjectConfirmationData", "ninguno en el SubjectConfirmationData"),
    ("the answer to a request of this browser", "la respuesta a una petición de este navegador"),
    ("An encrypted attribute was left out.", "Se omitió un atributo cifrado."),
    ("An attribute without a Name was left out.", "Se omitió un atributo sin Name."),
    (
        "A value of the attribute {attribute} with elements in it was left out.",
        "Se omitió un valor del atributo {attribute} que contiene elementos.",
    ),
    // Signatures.
    ("one Signature", "una Signature"),
    ("{count} Signatures", "{count} elementos Signature"),
    ("elements only in a Signature", "solo elementos en una Signature"),
    ("KeyInfo or nothing", "KeyInfo o nada"),
    ("no comments in SignedInfo", "ningún comentario en SignedInfo"),
    ("one Reference", "una Reference"),
    ("another {element}", "otro {element}"),
    ("the transforms of SAML", "las transformaciones de SAML"),
    ("nothing after DigestValue", "nada después de DigestValue"),
    ("a SHA-2 digest", "un resumen SHA-2"),
    ("an empty DigestMethod", "un DigestMethod vacío"),
    ("a DigestValue in base64", "un DigestValue en base64"),
    ("a SignatureValue in base64", "un SignatureValue en base64"),
    ("exclusive canonicalization", "canonicalización exclusiva"),
    ("InclusiveNamespaces or nothing", "InclusiveNamespaces o nada"),
    ("RSA or ECDSA with SHA-2", "RSA o ECDSA con SHA-2"),
    ("a SignatureMethod without parameters", "un SignatureMethod sin parámetros"),
    ("no URI", "ninguna URI"),
    (
        "enveloped-signature, then exclusive canonicalization",
        "enveloped-signature y después canonicalización exclusiva",
    ),
    ("enveloped-signature alone", "solo enveloped-signature"),
    ("{count} transforms", "{count} transformaciones"),
    ("no transform", "ninguna transformación"),
    ("the content that was signed", "el contenido que se firmó"),
    (
        "a digest that fits other content, under a good signature of {certificate}",
        "un resumen que corresponde a otro contenido, bajo una firma válida de {certificate}",
    ),
    ("an RSA key of at least 2048 bits", "una clave RSA de 2048 bits como mínimo"),
    (
        "{subject} (SHA-256 {hash}, {key}, {first_day} to {last_day})",
        "{subject} (SHA-256 {hash}, {key}, del {first_day} al {last_day})",
    ),
    ("a certificate without a subject", "un certificado sin sujeto"),
    ("a signature by {certificate}", "una firma de {certificate}"),
    ("{first} or {others}", "{first} o {others}"),
    (
        "a signature that does not fit, under the certificate that is trusted",
        "una firma que no coincide, bajo el certificado en el que se confía",
    ),
    (
        "the message shows {certificate}, which is not trusted here",
        "el mensaje muestra {certificate}, en el que aquí no se confía",
    ),
    (
        "the message shows a certificate that cannot be read",
        "el mensaje muestra un certificado que no se puede leer",
    ),
    (
        "a signature ({algorithm}) by none of the trusted keys, without a certificate",
        "una firma ({algorithm}) de ninguna de las claves de confianza, sin certificado",
    ),
    (
        "a query signature that fits none of the trusted keys",
        "una firma de la consulta que no coincide con ninguna de las claves de confianza",
    ),
    (
        "inherited xml:base, or a form many times as long as the message",
        "un xml:base heredado, o una forma muchas veces más larga que el mensaje",
    ),
    ("a canonical form that can be written", "una forma canónica que se pueda escribir"),
    ("SHA-256 or better", "SHA-256 o mejor"),
    // What is decided beside the message: the sign-in, the mapping, the second engine.
    ("an IssueInstant of {from} or later", "un IssueInstant de {from} o posterior"),
    ("an end that has passed", "un final que ya pasó"),
    ("an answer to nothing, though there was a request", "una respuesta a nada, aunque hubo una petición"),
    ("a request answered before", "una petición que ya se respondió"),
    ("metadata whose validity has ended", "metadatos cuya vigencia terminó"),
    (
        "an address, and no domain that is proved and that this connection may assert",
        "una dirección, y ningún dominio demostrado que esta conexión pueda afirmar",
    ),
    ("an address outside of {domains}", "una dirección fuera de {domains}"),
    ("several users with this address", "varios usuarios con esta dirección"),
    (
        "the identity leads to {user}, and the external id that was sent to {other}",
        "la identidad lleva a {user}, y el id externo que se envió, a {other}",
    ),
    (
        "{user}, who has another external id than the one that was sent",
        "{user}, que tiene otro id externo que el que se envió",
    ),
    (
        "{user}, an owner: mapping.may_grant_owner is off, so nobody becomes one by this connection",
        "{user}, un propietario: mapping.may_grant_owner está desactivado, así que nadie llega a serlo por \
         esta conexión",
    ),
    (
        "{user}, to whom another identity of this connection leads",
        "{user}, a quien lleva otra identidad de esta conexión",
    ),
    (
        "{user}, who signs in already or is an owner, and whose external id is what somebody entered",
        "{user}, que ya inicia sesión o es propietario, y cuyo id externo es el que alguien introdujo",
    ),
    (
        "{user}, who signs in already or is an owner, and whose address is what somebody entered",
        "{user}, que ya inicia sesión o es propietario, y cuya dirección es la que alguien introdujo",
    ),
    (
        "An external id was sent that reads like an id of ours, and left out: programs would take it for \
         somebody else.",
        "Se envió un id externo que parece uno de los nuestros, y se omitió: los programas lo tomarían por \
         el de otra persona.",
    ),
    (
        "a transient NameID, which names nobody for longer than a session",
        "un NameID transitorio, que no nombra a nadie más allá de una sesión",
    ),
    ("no attributes at all", "ningún atributo"),
    ("only {list}", "solo {list}"),
    ("{attribute} (empty)", "{attribute} (vacío)"),
    ("{field} from {sources}", "{field} de {sources}"),
    ("{source}, but nothing of it fits {path}", "{source}, pero nada de ello encaja en {path}"),
    (
        "The person is in more groups than the identity provider sends, so it sent a link instead. What was \
         known of their groups, and roles by group, were left as they were. Choose “groups assigned to the \
         application” there, or use app roles.",
        "La persona está en más grupos de los que envía el proveedor de identidad, así que envió un enlace \
         en su lugar. Lo que se sabía de sus grupos, y los roles por grupo, quedaron como estaban. Elija \
         allí “grupos asignados a la aplicación”, o use roles de aplicación.",
    ),
    (
        "No groups were sent, which this connection takes for “not known”: groups and roles by group were \
         left as they were.",
        "No se enviaron grupos, lo que esta conexión toma por “no se sabe”: los grupos y los roles por grupo \
         quedaron como estaban.",
    ),
    (
        "The role {role} was sent and left out: roles of the account are not copied. To grant it, add a rule \
         to role_rules.",
        "El rol {role} se envió y se omitió: los roles de la cuenta no se copian. Para darlo, añada una \
         regla a role_rules.",
    ),
    (
        "{field} has {count} values, of which {kept} were kept.",
        "{field} tiene {count} valores, de los que se guardaron {kept}.",
    ),
    ("the same reading by both engines", "la misma lectura por los dos motores"),
    ("another {differing}", "otra lectura de: {differing}"),
    ("no opinion: {why}", "sin opinión: {why}"),
    ("the second engine panicked", "el segundo motor falló"),
    ("this program was built without a second engine", "este programa se compiló sin un segundo motor"),
    ("assertion ID", "el ID de la aserción"),
    ("issuer", "emisor"),
    ("NameID format", "NameID (formato)"),
    ("session index", "índice de la sesión"),
    ("end of the session", "final de la sesión"),
    ("authentication context", "contexto de autenticación"),
    ("validity", "vigencia"),
    ("signatures by keys of several kinds", "firmas de claves de varios tipos"),
    ("text: it is not UTF-8", "texto: no es UTF-8"),
    ("coverage: no assertion in what is signed", "cobertura: ninguna aserción en lo que está firmado"),
    ("an encrypted NameID", "un NameID cifrado"),
    ("subject confirmation", "confirmación del sujeto"),
    ("signature", "firma"),
    ("an ID that is no XML name", "un ID que no es un nombre XML"),
    (
        "signatures beside those of the response and the assertion",
        "firmas además de las de la respuesta y la aserción",
    ),
    ("a Response of a shape that it does not know", "una Response de una forma que no conoce"),
    ("status", "estado"),
    ("destination", "destino"),
    ("issuer of the response", "emisor de la respuesta"),
    ("an assertion of a shape that it does not know", "una aserción de una forma que no conoce"),
    ("plaintext", "texto descifrado"),
    (
        "a plaintext with prefixes that are declared outside of it",
        "un texto descifrado con prefijos declarados fuera de él",
    ),
    ("an authentication context without a class", "un contexto de autenticación sin clase"),
    ("conditions", "condiciones"),
    ("time", "hora"),
    ("audience", "audiencia"),
    // What goes wrong with jobs and the database.
    ("it took too long", "tardó demasiado"),
    ("a job that this version does not know", "una tarea que esta versión no conoce"),
    ("it was begun and never ended", "se empezó y nunca terminó"),
    ("SQLite does not wait for the disk at a commit", "SQLite no espera al disco en cada commit"),
    (
        "{setting} is off on the PostgreSQL server: a power cut can ruin the database",
        "{setting} está en off en el servidor PostgreSQL: un corte de luz puede arruinar la base de datos",
    ),
    (
        "synchronous_commit is off for this PostgreSQL database or role, so a sign-in that was answered \
         could be lost, or accepted twice, after a crash. Turn it on: ALTER ROLE … SET synchronous_commit = \
         on; look at ALTER DATABASE and postgresql.conf too",
        "synchronous_commit está en off para esta base de datos o rol de PostgreSQL, así que un inicio de \
         sesión ya respondido podría perderse, o aceptarse dos veces, tras una caída. Actívelo: ALTER ROLE … \
         SET synchronous_commit = on; mire también ALTER DATABASE y postgresql.conf",
    ),
];
