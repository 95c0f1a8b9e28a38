//! Texts that should have been of a certain form: addresses, names, JSON, lists, documents of other programs.

use super::Row;

pub const ROWS: &[Row] = &[
    ("must be one of {names}", "debe ser uno de estos: {names}"),
    ("not an id that begins with {prefix}_", "no es un identificador que empiece por {prefix}_"),
    // JSON.
    ("it is not JSON: it breaks off in line {line}", "no es JSON: se interrumpe en la línea {line}"),
    (
        "it is not JSON: look at line {line}, column {column}",
        "no es JSON: mire la línea {line}, columna {column}",
    ),
    ("the field \"{name}\" is missing", "falta el campo «{name}»"),
    ("the field \"{name}\" stands there twice", "el campo «{name}» está repetido"),
    ("there is no field \"{name}\": known are {names}", "no existe el campo «{name}»; existen {names}"),
    ("there is no value \"{name}\": known are {names}", "no existe el valor «{name}»; existen {names}"),
    ("{found} where {wanted} is expected", "{found} donde se espera {wanted}"),
    ("the text {value}", "el texto {value}"),
    ("the value {value}", "el valor {value}"),
    ("the number {value}", "el número {value}"),
    ("nothing", "nada"),
    ("a text", "un texto"),
    ("true or false", "true o false"),
    ("an object", "un objeto"),
    ("a list", "una lista"),
    ("a whole number", "un número entero"),
    ("a number", "un número"),
    ("one of the values that are known", "uno de los valores conocidos"),
    ("another kind of value ({kind})", "otro tipo de valor ({kind})"),
    // Addresses and names.
    (
        "it must begin with https:// (or http:// on this machine)",
        "debe empezar por https:// (o http:// en esta misma máquina)",
    ),
    (
        "http is accepted on localhost, 127.0.0.1 and [::1] only; use https",
        "http solo se admite en localhost, 127.0.0.1 y [::1]; use https",
    ),
    (
        "it must name a host, without user name or password",
        "debe nombrar un servidor, sin usuario ni contraseña",
    ),
    (
        "it must end after the host and port, without a path",
        "debe terminar tras el servidor y el puerto, sin ruta",
    ),
    (
        "it holds a character that does not belong in a URL",
        "contiene un carácter que no puede estar en una URL",
    ),
    (
        "it must have 1 to 63 of the characters a to z, 0 to 9 and -, and begin and end with a letter or digit",
        "debe tener de 1 a 63 de los caracteres a a z, 0 a 9 y -, y empezar y terminar con una letra o cifra",
    ),
    (
        "it must be a domain such as school.example, without @ and without https://",
        "debe ser un dominio como school.example, sin @ y sin https://",
    ),
    (
        "it is a public suffix, under which strangers have names; give the school's or company's own domain",
        "es un sufijo público, bajo el que cualquiera tiene nombres; indique el dominio propio de la escuela o empresa",
    ),
    (
        "anybody can have an address there, so it belongs to no account; give the school's or company's own domain",
        "cualquiera puede tener una dirección allí, así que no es de ninguna cuenta; indique el dominio propio de la escuela o empresa",
    ),
    ("it must be none, refused, recent or all", "debe ser none, refused, recent o all"),
    (
        "a colour is # and six digits from 0 to 9 and a to f, such as #0b6b58",
        "un color es # y seis cifras de 0 a 9 y de a a f, como #0b6b58",
    ),
    (
        "the logo must be a PNG, JPEG or WebP picture (SVG is not taken: it can carry scripts)",
        "el logotipo debe ser una imagen PNG, JPEG o WebP (no se admite SVG: puede llevar programas)",
    ),
    (
        "the logo weighs more than 128 KiB; save it smaller",
        "el logotipo pesa más de 128 KiB; guárdelo más pequeño",
    ),
    (
        "the logo has more than 2000 × 1000 pixels; save it smaller",
        "el logotipo tiene más de 2000 × 1000 píxeles; guárdelo más pequeño",
    ),
    (
        "there is no preset for \"{name}\"; use one of {names}",
        "no hay valores preparados para «{name}»; use uno de estos: {names}",
    ),
    (
        "\"{name}\" is no kind of event; the kinds are {kinds}, and user.*, session.*, connection.*, certificate.*, zoom.*",
        "«{name}» no es un tipo de evento; los tipos son {kinds}, y user.*, session.*, connection.*, certificate.*, zoom.*",
    ),
    (
        "no mail is sent from here: leave the address out, and hand the link over yourself",
        "desde aquí no se envían correos: deje la dirección vacía y entregue usted el enlace",
    ),
    (
        "return_to is a path of this site, or an address at one of the origins that the gateway's settings list \
         (http.return_to_origins)",
        "return_to es una ruta de este sitio, o una dirección en uno de los orígenes que figuran en la configuración del \
         servicio (http.return_to_origins)",
    ),
    ("\"{email}\" is no email address", "«{email}» no es una dirección de correo"),
    ("\"{day}\" is no day: write it like 2026-03-02", "«{day}» no es un día: escríbalo como 2026-03-02"),
    // Lists of people.
    ("line {line}: {why}", "línea {line}: {why}"),
    ("and more; correct these first", "y más; corrija primero estos"),
    (
        "the file is empty; its first line names the columns",
        "el archivo está vacío; su primera línea nombra las columnas",
    ),
    (
        "it has {has} cells, and the first line names {wants} columns",
        "tiene {has} celdas, y la primera línea nombra {wants} columnas",
    ),
    (
        "the external_id \"{external_id}\" stands in line {first} too",
        "el external_id «{external_id}» está también en la línea {first}",
    ),
    ("it is not UTF-8; save the file as “CSV UTF-8”", "no es UTF-8; guarde el archivo como «CSV UTF-8»"),
    ("it cannot be read: {cause}", "no se puede leer: {cause}"),
    (
        "there is no column \"{name}\"; there are {columns}",
        "no existe la columna «{name}»; existen {columns}",
    ),
    ("the column {column} stands there twice", "la columna {column} aparece dos veces"),
    (
        "the column external_id is missing: it is what people are recognised by",
        "falta la columna external_id: por ella se reconoce a las personas",
    ),
    ("{column} has more than {max} characters", "{column} tiene más de {max} caracteres"),
    (
        "{column} has a character that cannot be printed",
        "{column} tiene un carácter que no se puede imprimir",
    ),
    ("external_id is empty", "external_id está vacío"),
    (
        "\"{cell}\" is no role; write member, admin or owner",
        "«{cell}» no es un rol; escriba member, admin u owner",
    ),
    // Exports of other programs.
    ("the document: {why}", "el documento: {why}"),
    ("it cannot be read", "no se puede leer"),
    ("it must be an object", "debe ser un objeto"),
    ("it must be a list", "debe ser una lista"),
    ("it must be a text", "debe ser un texto"),
    ("it is too long", "es demasiado largo"),
    ("it is missing", "falta"),
    ("it must be true or false", "debe ser true o false"),
    (
        "it is an identity provider alone; give the export of the whole realm",
        "es solo un proveedor de identidad; dé la exportación de todo el realm",
    ),
    ("config is missing", "falta config"),
    ("it must be a list of texts, as JSON in a text", "debe ser una lista de textos, como JSON en un texto"),
    ("it must be a number of seconds", "debe ser un número de segundos"),
    (
        "it must be a list of key and value, as JSON in a text",
        "debe ser una lista de clave y valor, como JSON en un texto",
    ),
    ("there is no connection in it", "no contiene ninguna conexión"),
    ("this program reads version 1 only", "este programa solo lee la versión 1"),
    ("it is no connection's id", "no es el identificador de ninguna conexión"),
    ("it must be a list of texts", "debe ser una lista de textos"),
    ("neither idpMetadata nor oidcProvider is there", "no están ni idpMetadata ni oidcProvider"),
    ("the file is neither JSON nor metadata: {why}", "el archivo no es ni JSON ni metadatos: {why}"),
    (
        "the file cannot be told by its shape; say what it is",
        "no se reconoce el archivo por su forma; diga qué es",
    ),
    // Mappings.
    ("the mapping cannot be used", "no se puede usar la correspondencia"),
    ("it must be a JSON object", "debe ser un objeto JSON"),
    (
        "there is no such field; fields of your own stand under custom",
        "no existe ese campo; los campos propios van bajo custom",
    ),
    ("there may be {max} fields at most", "puede haber {max} campos como máximo"),
    ("a name has 1 to 64 letters, digits, _, - and .", "un nombre tiene de 1 a 64 letras, cifras, _, - y ."),
    ("there may be {max} rules at most", "puede haber {max} reglas como máximo"),
    (
        "no groups are mapped: give mapping.groups a source",
        "no hay correspondencia para los grupos: dé un origen a mapping.groups",
    ),
    ("\"{name}\" is no field that is mapped", "«{name}» no es ningún campo con correspondencia"),
    ("there may be {max} sources at most", "puede haber {max} orígenes como máximo"),
    ("it has 1 to 16 characters, such as ; or ,", "tiene de 1 a 16 caracteres, como ; o ,"),
    (
        "it may have one group; write (?:…) for the others",
        "puede tener un solo grupo; escriba (?:…) para los demás",
    ),
    ("it needs either equals or matches", "necesita equals o matches, uno de los dos"),
    (
        "an identity provider makes nobody an owner unless may_grant_owner is switched on",
        "un proveedor de identidad no hace propietario a nadie si may_grant_owner no está activado",
    ),
    ("no identity provider makes anybody an operator", "ningún proveedor de identidad hace operador a nadie"),
    (
        "the roles of an account are written member, admin and owner",
        "los roles de una cuenta se escriben member, admin y owner",
    ),
    ("a role has 1 to 64 characters", "un rol tiene de 1 a 64 caracteres"),
    ("it may have {max} characters at most", "puede tener {max} caracteres como máximo"),
    ("a pattern has 1 to {max} characters", "un patrón tiene de 1 a {max} caracteres"),
    (
        "a text that is the same for everybody names nobody; take what is said of each person",
        "un texto que es igual para todos no nombra a nadie; tome lo que se dice de cada persona",
    ),
    (
        "it grows too large; write it with fewer repetitions",
        "crece demasiado; escríbalo con menos repeticiones",
    ),
    (
        "with it the patterns grow too large together; make them fewer or shorter",
        "con él los patrones crecen demasiado en conjunto; que sean menos o más cortos",
    ),
    ("it is no regular expression: {cause}", "no es una expresión regular: {cause}"),
    (
        "\"{text}\" is no source; write name_id, name_id:email, attribute: and a name, or constant: and a text",
        "«{text}» no es un origen; escriba name_id, name_id:email, attribute: y un nombre, o constant: y un texto",
    ),
    (
        "it must be name_id, or attribute: and the name of an attribute",
        "debe ser name_id, o attribute: y el nombre de un atributo",
    ),
];
