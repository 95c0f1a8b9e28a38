//! People, owners, operators, keys, links, domains.

use super::Row;

pub const ROWS: &[Row] = &[
    (
        "{invitations} people were invited in the last days who have not come: wait until their invitations end",
        "en los últimos días se invitó a {invitations} personas que no han venido: espere a que terminen sus invitaciones",
    ),
    (
        "{name} is no name of the public DNS, and is not looked up: an operator can vouch for it",
        "{name} no es un nombre del DNS público, y no se consulta: un operador puede responder por él",
    ),
    ("give the key a name of 1 to {max} characters", "dé a la clave un nombre de 1 a {max} caracteres"),
    ("choose what the key is good for", "elija para qué sirve la clave"),
    ("a key is good for 1 to {max} days", "una clave sirve de 1 a {max} días"),
    (
        "{scope} is good for something that you may not do yourself: have somebody make the key who may",
        "{scope} sirve para algo que usted mismo no puede hacer: pida que cree la clave quien sí pueda",
    ),
    (
        "a key makes keys with scopes of its own only",
        "una clave solo crea claves con permisos que ella misma tiene",
    ),
    ("{scope} is for keys of the installation", "{scope} es para las claves de la instalación"),
    ("the domain {name} cannot be added: {error}", "no se puede añadir el dominio {name}: {error}"),
    (
        "the domain {name} is too long to be proved by a DNS record",
        "el dominio {name} es demasiado largo para demostrarlo con un registro DNS",
    ),
    ("an account has {max} domains at most", "una cuenta tiene {max} dominios como máximo"),
    ("the account has the domain {name} already", "la cuenta ya tiene el dominio {name}"),
    (
        "say how you know that the domain is theirs, in 1 to 500 characters: it is kept with the proof",
        "diga cómo sabe que el dominio es suyo, en 1 a 500 caracteres: se guarda con la prueba",
    ),
    (
        "\"{id}\" reads like an id that Gatepost gives: the platform's own is another",
        "«{id}» parece un id de los que da Gatepost: el propio de la plataforma es otro",
    ),
    ("another account has proved the domain {name}", "otra cuenta ha demostrado que {name} es suyo"),
    (
        "say in 1 to 500 characters why this address is let in",
        "diga en 1 a 500 caracteres por qué se deja entrar a esta dirección",
    ),
    ("this address is a guest already", "esta dirección ya es una invitada"),
    (
        "an operator vouched for {name}: it is proved without a DNS record, and nothing has to be looked up",
        "un operador respondió por {name}: está demostrado sin un registro DNS, y no hay nada que consultar",
    ),
    (
        "the DNS of {name} was looked at too often in this hour: wait until the next one begins. A new record can take that \
         long to be seen",
        "el DNS de {name} se consultó demasiadas veces en esta hora: espere a que empiece la siguiente. Un registro nuevo \
         puede tardar eso en verse",
    ),
    (
        "an owner of the account decides, in the console, by which connection the people of a domain sign in",
        "por qué conexión inician sesión las personas de un dominio lo decide un propietario de la cuenta, en la consola",
    ),
    (
        "this domain is proved and in use; an owner of the account gives it up, in the console",
        "este dominio está demostrado y en uso; renuncia a él un propietario de la cuenta, en la consola",
    ),
    (
        "an owner of the account claimed {name}, or a program did; an owner gives it up, in the console",
        "un propietario de la cuenta reclamó {name}, o lo hizo un programa; renuncia a él un propietario, en la consola",
    ),
    ("\"{text}\" cannot be a domain: {error}.", "«{text}» no puede ser un dominio: {error}."),
    (
        "write {max} characters at most, on one line and without control characters",
        "escriba {max} caracteres como máximo, en una sola línea y sin caracteres de control",
    ),
    (
        "{name} is proved, and looked at every week: there is nothing left to do",
        "{name} está demostrado y se comprueba cada semana: no queda nada por hacer",
    ),
    (
        "this is the only operator; let another one in first, and remove this one then",
        "es el único operador; deje entrar antes a otro y quite después a este",
    ),
    (
        "this is the only owner of the account; make another one first",
        "es la única persona propietaria de la cuenta; nombre antes a otra",
    ),
    ("{email} is an owner already", "{email} ya es de una persona propietaria"),
    (
        "{email} is known in this account already: somebody wrote it into {id}, or their identity provider says it. Look at who that is, and by which sign-ins they come, before you make them an owner by their role, under People",
        "{email} ya se conoce en esta cuenta: alguien lo escribió en {id}, o lo dice su proveedor de identidad. Mire quién es, y con qué inicios de sesión entra, antes de hacer propietaria a esa persona por su rol, en Personas",
    ),
    (
        "say why: every owner of the account is told",
        "diga por qué: se avisa a todos los propietarios de la cuenta",
    ),
    (
        "{max} passkeys are enough; remove one first",
        "{max} llaves de acceso son suficientes; quite antes una",
    ),
    (
        "give the passkey a name of 1 to {max} characters",
        "dé a la llave de acceso un nombre de 1 a {max} caracteres",
    ),
    ("this passkey is registered already", "esta llave de acceso ya está registrada"),
    (
        "the passkey did not answer what it was asked, or too late; try again",
        "la llave de acceso no respondió a lo que se le pidió, o demasiado tarde; inténtelo de nuevo",
    ),
    (
        "choose what can be set up: single sign-on, email domains or both",
        "elija qué se puede configurar: el inicio de sesión único, los dominios o ambas cosas",
    ),
    ("a setup link is good for 1 to {max} days", "un enlace de configuración sirve de 1 a {max} días"),
    ("external id", "id. externo"),
    ("email address", "correo electrónico"),
    ("first name", "nombre"),
    ("last name", "apellido"),
    ("display name", "nombre completo"),
    ("user name", "nombre de usuario"),
    (
        "the {name} must have {max} characters at most, all of them printable",
        "este dato debe tener {max} caracteres como máximo, todos imprimibles: {name}",
    ),
    (
        "say who it is: a name, an email address or the platform's own id",
        "diga quién es: un nombre, una dirección de correo o el id. propio de la plataforma",
    ),
    (
        "another user of the account has this external id already",
        "otro usuario de la cuenta ya tiene este id. externo",
    ),
    (
        "somebody let this user in again while they were erased; erase them once more",
        "alguien volvió a dejar entrar a este usuario mientras se le borraba; bórrelo otra vez",
    ),
    (
        "somebody in the list changed while it was read, and nothing was written; import it again",
        "alguien de la lista cambió mientras se leía, y no se escribió nada; impórtela otra vez",
    ),
];
