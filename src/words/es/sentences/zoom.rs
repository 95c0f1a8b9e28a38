//! Zoom: its credentials, its tokens, its answers.

use super::Row;

pub const ROWS: &[Row] = &[
    (
        "the Zoom app is not authorised yet: an owner or administrator of the Zoom account does that on the page of the link",
        "la aplicación de Zoom aún no está autorizada: lo hace un propietario o administrador de la cuenta de Zoom en la \
         página del enlace",
    ),
    (
        "the app was removed in Zoom: add it there again, and authorise it anew",
        "la aplicación se quitó en Zoom: añádala allí otra vez y autorícela de nuevo",
    ),
    (
        "this platform has no Zoom app of its own: choose an app in your own Zoom account",
        "esta plataforma no tiene una aplicación de Zoom propia: elija una aplicación de su propia cuenta de Zoom",
    ),
    (
        "say where Zoom is: the site that gives tokens, and the API",
        "diga dónde está Zoom: el sitio que da los tokens, y la API",
    ),
    ("an address of Zoom cannot be used: {error}", "no se puede usar una dirección de Zoom: {error}"),
    ("Client Secret: {error}", "El Client Secret: {error}"),
    (
        "Client Secret: enter it again, since it is to be sent to another Zoom than the one it was entered for",
        "El Client Secret: introdúzcalo de nuevo, pues se enviaría a otro Zoom que aquel para el que se introdujo",
    ),
    (
        "Secret Token: it holds characters that no value of Zoom's holds: copy it again, without what stands around it",
        "El Secret Token contiene caracteres que ningún valor de Zoom contiene: cópielo otra vez, sin lo que tiene alrededor",
    ),
    (
        "\"{name}\" is nothing that Zoom is used for here; choose events, provisioning or inventory",
        "«{name}» no es nada para lo que aquí se use Zoom; elija events, provisioning o inventory",
    ),
    ("choose what Zoom is to be used for", "elija para qué se usará Zoom"),
    (
        "the link stays as it was, since it works, and Zoom refuses what was entered: {problem}",
        "el enlace queda como estaba, pues funciona, y Zoom rechaza lo que se introdujo: {problem}",
    ),
    // Tests and authorisations.
    (
        "the settings here forbid calling the Zoom of this link, so nothing was sent to it, and the link stays as it was; off \
         here: {settings}",
        "la configuración de aquí prohíbe llamar al Zoom de este enlace, así que no se le envió nada y el enlace queda como \
         estaba; desactivado aquí: {settings}",
    ),
    (
        "the app lacks a scope that it needs ({scopes}): add it on the app's page, then activate the app again; where it \
         is ticked there already, whoever made the app has lost their administrator's role in Zoom",
        "a la aplicación le falta un permiso (scope) que necesita ({scopes}): añádalo en la página de la aplicación y \
         actívela de nuevo; si allí ya está marcado, quien creó la aplicación ha perdido en Zoom su rol de administrador",
    ),
    (
        "this authorisation was not begun in this browser by you, or too long ago: begin it again here",
        "usted no empezó esta autorización en este navegador, o hace demasiado tiempo: empiécela de nuevo aquí",
    ),
    (
        "a Server-to-Server app is not authorised by anybody: it works as soon as it is activated",
        "una aplicación Server-to-Server no la autoriza nadie: funciona en cuanto se activa",
    ),
    (
        "the app was not allowed in Zoom: whoever does that needs to be an owner or administrator of the Zoom account",
        "la aplicación no se permitió en Zoom: quien lo haga debe ser propietario o administrador de la cuenta de Zoom",
    ),
    (
        "the link was changed since the authorisation began: begin it again",
        "el enlace se cambió desde que empezó la autorización: empiécela de nuevo",
    ),
    (
        "another account here is linked to this Zoom account by the same app: remove that link first",
        "otra cuenta de aquí está enlazada con esta cuenta de Zoom por la misma aplicación: quite primero ese enlace",
    ),
    (
        "Zoom does not say that whoever authorised the app owns or administers the Zoom account, and only then its events are \
         taken: have an owner or administrator authorise it",
        "Zoom no dice que quien autorizó la aplicación sea propietario o administrador de la cuenta de Zoom, y solo entonces \
         se toman sus eventos: que la autorice un propietario o administrador",
    ),
    (
        "what is looked for is longer than anything that Zoom tells",
        "lo que se busca es más largo que todo lo que Zoom cuenta",
    ),
    (
        "look for a meeting or for a person, not for both",
        "busque una reunión o una persona, no las dos cosas",
    ),
    // Credentials.
    (
        "it is empty: copy it from the app's page in the Zoom Marketplace",
        "está vacío: cópielo de la página de la aplicación en el Zoom Marketplace",
    ),
    (
        "it holds characters that no value of Zoom's holds: copy it again, without what stands around it",
        "contiene caracteres que ningún valor de Zoom contiene: cópielo otra vez, sin lo que tiene alrededor",
    ),
    // Tokens.
    (
        "Zoom does not know this client id with this client secret: copy both again from the app's credentials",
        "Zoom no conoce este Client ID con este Client Secret: copie los dos otra vez de las credenciales de la aplicación",
    ),
    (
        "Zoom refuses the account id: copy it again from the app's credentials",
        "Zoom rechaza el Account ID: cópielo otra vez de las credenciales de la aplicación",
    ),
    (
        "this app cannot give tokens in this way: check that it is of the kind that was chosen here",
        "esta aplicación no puede dar tokens de esta manera: compruebe que es del tipo que se eligió aquí",
    ),
    (
        "the app is not active: activate it on its page in the Zoom Marketplace",
        "la aplicación no está activa: actívela en su página del Zoom Marketplace",
    ),
    (
        "the app lacks a scope that it needs: add it on the app's page, then activate the app again",
        "a la aplicación le falta un permiso (scope) que necesita: añádalo en la página de la aplicación y actívela de nuevo",
    ),
    (
        "the person who made or authorised this app no longer may: let an owner of the Zoom account do it again",
        "la persona que creó o autorizó esta aplicación ya no puede: que lo haga de nuevo un propietario de la cuenta de Zoom",
    ),
    (
        "the redirect address is not the one in the app: copy it from here into the app, and to its allow list",
        "la dirección de redirección no es la de la aplicación: cópiela de aquí a la aplicación y a su lista de permitidas",
    ),
    (
        "the authorisation took too long or was used before: start it again",
        "la autorización tardó demasiado o ya se había usado: empiécela de nuevo",
    ),
    (
        "the authorisation has ended, or was given anew elsewhere: authorise the app again",
        "la autorización terminó, o se dio de nuevo en otro lugar: autorice otra vez la aplicación",
    ),
    ("Zoom asks us to come back later", "Zoom pide que volvamos más tarde"),
    (
        "Zoom could not answer (status {status}): this passes by itself",
        "Zoom no pudo responder (estado {status}): esto se pasa solo",
    ),
    ("Zoom could not be reached: {cause}", "No se pudo llegar a Zoom: {cause}"),
    (
        "the authorisation was renewed and could not be stored: authorise the app again if this stays so",
        "la autorización se renovó y no se pudo guardar: si sigue así, autorice otra vez la aplicación",
    ),
    (
        "Zoom refused for a reason that is not known here (status {status}, {error})",
        "Zoom lo rechazó por un motivo que aquí no se conoce (estado {status}, {error})",
    ),
    (
        "what answers there does not answer as Zoom does: check the addresses",
        "lo que responde allí no responde como Zoom: compruebe las direcciones",
    ),
    // The API.
    (
        "Zoom does not accept the token that it gave us: activate the app again",
        "Zoom no acepta el token que nos dio: active otra vez la aplicación",
    ),
    (
        "the app lacks a scope that this needs: add it on the app's page, then activate the app again; where it is \
         ticked there already, whoever made the app has lost their administrator's role in Zoom",
        "a la aplicación le falta un permiso (scope) que esto necesita: añádalo en la página de la aplicación y actívela de \
         nuevo; si allí ya está marcado, quien creó la aplicación ha perdido en Zoom su rol de administrador",
    ),
    (
        "the person who made or authorised the app may not do this: give them an administrator's role in Zoom",
        "la persona que creó o autorizó la aplicación no puede hacer esto: dele en Zoom un rol de administrador",
    ),
    (
        "single sign-on is not switched on in the Zoom account, and provisioning needs it",
        "el inicio de sesión único no está activado en la cuenta de Zoom, y hace falta para dar de alta a las personas",
    ),
    (
        "Zoom knows nobody of that kind, or only as an invitation that was not accepted yet",
        "Zoom no conoce a nadie así, o solo como una invitación que aún no se aceptó",
    ),
    (
        "the address is in use in Zoom already, perhaps in another Zoom account",
        "la dirección ya se usa en Zoom, quizá en otra cuenta de Zoom",
    ),
    (
        "the answer to a change was lost: it is looked up before anything else is done",
        "se perdió la respuesta a un cambio: se consulta antes de hacer nada más",
    ),
    ("what answers there does not answer as Zoom does", "lo que responde allí no responde como Zoom"),
    ("Zoom refused it (status {status})", "Zoom lo rechazó (estado {status})"),
    (
        "an inventory is under way; wait until it has ended",
        "hay un inventario en curso; espere a que termine",
    ),
    (
        "show what? wasted, plan:licensed, use:never, or an email address",
        "¿mostrar qué? wasted, plan:licensed, use:never o una dirección de correo",
    ),
    ("the list goes on at another place; begin it again", "la lista sigue en otro lugar; empiécela de nuevo"),
    (
        "the link to Zoom is not used for provisioning; tick that on the page of the link",
        "el enlace con Zoom no se usa para el aprovisionamiento; márquelo en la página del enlace",
    ),
    (
        "the link to Zoom is not used for the inventory; tick that on the page of the link",
        "el enlace con Zoom no se usa para el inventario; márquelo en la página del enlace",
    ),
    (
        "provisioning is switched off; switch it on in its settings first",
        "el aprovisionamiento está desactivado; actívelo primero en sus ajustes",
    ),
    (
        "a run is under way; wait until it has ended, or cancel it",
        "hay una ejecución en curso; espere a que termine o cancélela",
    ),
    (
        "this run does not wait for anybody; ask for a new one",
        "esta ejecución no espera a nadie; pida una nueva",
    ),
    (
        "the plan is out of date: settings or the link were changed since, or it is old or of before an upgrade; plan again",
        "el plan está desactualizado: los ajustes o el enlace cambiaron desde entonces, o es antiguo o anterior a una actualización; planifique de nuevo",
    ),
    (
        "another run is under way; wait until it has ended",
        "hay otra ejecución en curso; espere a que termine",
    ),
    ("the run has ended already", "la ejecución ya terminó"),
    ("there are too many rules: at most 50", "hay demasiadas reglas: como máximo 50"),
    ("every rule needs a name", "cada regla necesita un nombre"),
    ("every rule needs an id of its own", "cada regla necesita un identificador propio"),
    ("a rule has 20 conditions at the most", "una regla tiene como máximo 20 condiciones"),
    (
        "a condition needs a field, and has 200 values at the most",
        "una condición necesita un campo, y tiene como máximo 200 valores",
    ),
    (
        "the time between two runs is 720 hours at the most",
        "el tiempo entre dos ejecuciones es de 720 horas como máximo",
    ),
    (
        "days without a sign-in must be between 1 and 3650",
        "los días sin inicio de sesión deben estar entre 1 y 3650",
    ),
    ("a percentage is 100 at the most", "un porcentaje es 100 como máximo"),
    ("give the rule a name", "dé un nombre a la regla"),
    (
        "the condition \"{line}\" cannot be read: it needs a field, then is, not, begins or ends, then values",
        "la condición «{line}» no se entiende: necesita un campo, luego is, not, begins o ends, y valores",
    ),
    (
        "\"{line}\" is nothing that can be done with a value",
        "«{line}» no es nada que se pueda hacer con un valor",
    ),
    ("it must be a whole number", "debe ser un número entero"),
    ("there are too many groups: at most 100", "hay demasiados grupos: como máximo 100"),
    (
        "a name is too long, or holds something else than text",
        "un nombre es demasiado largo, o contiene algo que no es texto",
    ),
    (
        "{attribute} must be mapped: Zoom makes no user without it",
        "{attribute} se debe asignar: sin él, Zoom no crea ningún usuario",
    ),
    ("{attribute} is mapped twice", "{attribute} está asignado dos veces"),
    (
        "email cannot be mapped by itself: Zoom's user name is the primary address, so map user_name",
        "email no se puede asignar por sí solo: el nombre de usuario de Zoom es la dirección principal, así que asigne user_name",
    ),
    (
        "login_type can only be the text sso: with any other, Zoom answers success and makes a user who is not there",
        "login_type solo puede ser el texto sso: con cualquier otro, Zoom responde que todo fue bien y crea un usuario que no está",
    ),
    ("{attribute} has a source without a name", "{attribute} tiene un origen sin nombre"),
    (
        "{attribute} is set when a user is made; Zoom ignores later changes of it",
        "{attribute} se establece al crear un usuario; Zoom ignora los cambios posteriores",
    ),
];
