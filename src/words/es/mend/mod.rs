//! Mends.

mod general;

use gatepost_saml::code::{CODES, Code};

use crate::directory::preset::Product;
use crate::words::Message as M;
use crate::words::mend::{MendText, Topic};

pub const MEND: MendText = MendText {
    general: general::general,
    action,
    note,
    own,
    app: "la aplicación",
    field: M("En {console}, vaya a {place} y {action}."),
    file: M("En el servidor de {console}, revise {place} y {action}."),
    command: M("Para {console}, abra PowerShell y {action}: {place}."),
    ours: M(
        "{console} toma nuestros valores de nuestros metadatos: vaya a {place}, haga que los cargue de nuevo y compruebe que contengan el valor que se esperaba.",
    ),
    makers: M("En {console} esto lo configuran sus fabricantes; pídales lo siguiente: «{action}»."),
    behind: M(
        "{console} deja que otro proveedor de identidad inicie la sesión de las personas; {place} muestra cuál. Vaya a la configuración que tiene para este sitio y {action}.",
    ),
    nowhere: M("No conocemos ningún lugar para esto en {console}. {general}"),
    clock_makers: M(
        "Los fabricantes de {console} cuidan su reloj. Si le ocurre a todos, ponga en hora el reloj del servidor donde corre Gatepost; si le ocurre a una persona, tardó mucho o volvió atrás en el navegador, y basta con que inicie sesión de nuevo.",
    ),
    clock_server: M(
        "Si le ocurre a todos, ponga en hora por NTP el reloj del servidor de {console} ({command}); si le ocurre a una persona, tardó mucho o volvió atrás en el navegador, y basta con que inicie sesión de nuevo.",
    ),
    clock_behind: M(
        "Si le ocurre a todos, ponga en hora por NTP el reloj del proveedor de identidad que está detrás de {console}; si le ocurre a una persona, tardó mucho o volvió atrás en el navegador, y basta con que inicie sesión de nuevo.",
    ),
    start: M(
        "El inicio de sesión empezó en {console} ({tile}) y no responde a ninguna solicitud nuestra. Empiece en la página de acceso o ponga en restart el inicio de sesión desde el proveedor de identidad en esta conexión.",
    ),
    start_accept: M(
        "Lo que empieza en {console} ({tile}) no responde a ninguna solicitud: ponga en accept el inicio de sesión desde el proveedor de identidad en esta conexión.",
    ),
};

fn action(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::VersionUnsupported => "cree de nuevo la aplicación, para SAML 2.0",
        Code::InputEmpty => "asegúrese de que las respuestas se envíen exactamente a nuestra ACS URL",
        Code::BindingNotAllowed => {
            "asegúrese de que las respuestas se envíen a nuestra ACS URL por HTTP-POST"
        }
        Code::UnexpectedMessage => {
            "asegúrese de que las respuestas se envíen a nuestra ACS URL y a ninguna otra dirección nuestra"
        }
        Code::DestinationMissing
        | Code::DestinationMismatch
        | Code::ConfirmationRecipientMissing
        | Code::ConfirmationRecipientMismatch => "ponga como ACS URL exactamente el valor que se esperaba",
        Code::AudienceMissing => "ponga nuestro Entity ID como audiencia",
        Code::AudienceMismatch => "ponga como audiencia exactamente el valor que se esperaba",
        Code::IssuerMismatch | Code::AssertionIssuerMismatch => {
            "compare su Entity ID con el valor que se encontró: si son iguales, póngalo como Entity ID de la conexión"
        }
        Code::SignatureKeyUnknown => "tome el certificado con el que firma ahora y agréguelo a la conexión",
        Code::SignatureInvalid => {
            "compare el certificado con el que se esperaba: si es otro, agréguelo a la conexión; si es el mismo, el mensaje se cambió en el camino"
        }
        Code::SignatureKeyWeak => {
            "cree un certificado nuevo con una clave RSA de 2048 bits o más y agréguelo después a la conexión"
        }
        Code::MetadataExpired => "tome de nuevo los metadatos y dé esa copia a la conexión",
        Code::MetadataEntityMissing => "tome de nuevo los metadatos y délos completos a la conexión",
        Code::MetadataEntityMismatch => {
            "tome los metadatos del proveedor de identidad de esta conexión y de ningún otro"
        }
        Code::MetadataRoleMissing => {
            "tome los metadatos del proveedor de identidad; los que se dieron quizás sean de un proveedor de servicio"
        }
        Code::MetadataKeyMissing => "tome metadatos que traigan un certificado de firma",
        Code::MetadataKeyInvalid => {
            "tome metadatos con los certificados completos y claves RSA de 2048 bits o más"
        }
        Code::MetadataEndpointMissing => {
            "tome metadatos que traigan una dirección de inicio de sesión por HTTP-Redirect o HTTP-POST"
        }
        Code::MetadataEndpointInvalid => "tome metadatos cuyas direcciones empiecen con https://",
        Code::NotSigned => "active la firma de la aserción, de la respuesta o de ambas",
        Code::SignatureAlgorithm => "elija RSA-SHA256 para las firmas",
        Code::SignatureAlgorithmSha1 => {
            "elija SHA-256 para las firmas; mientras tanto se puede permitir sha1 en esta conexión, con fecha de término"
        }
        Code::DecryptionKeyMissing => {
            "cambie el certificado de cifrado por el nuestro o desactive el cifrado para este sitio"
        }
        Code::DecryptionAlgorithm => "elija AES-256-GCM con RSA-OAEP para el cifrado",
        Code::DecryptionFailed => {
            "cambie el certificado de cifrado por el que está ahora en nuestros metadatos"
        }
        Code::SubjectMissing | Code::NameIdMissing => {
            "haga que se envíe un NameID formado con un dato que esta persona tenga"
        }
        Code::NameIdMalformed => {
            "haga que el NameID se forme con un solo valor simple que esta persona tenga"
        }
        Code::NameIdTransient => {
            "ponga como formato de NameID el que se esperaba o deje que un atributo identifique a la persona en esta conexión"
        }
        Code::StatusInvalidNameIdPolicy => {
            "elija el formato de NameID que se pide o quite el formato que pide esta conexión"
        }
        Code::MappingRequiredMissing => "agregue el atributo que se esperaba",
        Code::MessageTooLarge => "envíe menos grupos y atributos para este sitio",
        Code::StatusRequestDenied => "permita que esta persona, o un grupo suyo, use la aplicación",
        Code::StatusNotSuccess => "busque este inicio de sesión para ver por qué se rechazó",
        Code::StatusAuthnFailed => {
            "busque este inicio de sesión para ver por qué falló; la persona puede intentarlo de nuevo"
        }
        Code::AuthnNotFresh => {
            "haga que se vuelva a preguntar a las personas en cada inicio de sesión de este sitio, o deje de pedirlo en esta conexión"
        }
        Code::AuthnContextMismatch => {
            "haga que las personas se autentiquen de la manera que se esperaba o pida otra en esta conexión"
        }
        Code::ValidityTooLong => "acorte la duración de la aserción a lo que se esperaba",
        _ => return None,
    })
}

fn note(topic: Topic, product: Product) -> Option<&'static str> {
    Some(match (topic, product) {
        (Topic::Acs, Product::Okta) => "Deje marcado «Use this for Recipient URL and Destination URL».",
        (Topic::Acs, Product::OneLogin) => {
            "Ponga lo mismo en Recipient y, en ACS (Consumer) URL Validator, un patrón que lo abarque de ^ a $, con una barra inversa delante de cada punto."
        }
        (Topic::Acs | Topic::Audience | Topic::NameId, Product::Clever) => {
            "Si se configura por distrito, hágalo para este distrito."
        }
        (Topic::Audience, Product::Entra) => {
            "Si el valor que se encontró empieza con spn:, agréguelo más bien a las audiencias aceptadas de la conexión."
        }
        (Topic::Audience, Product::Keycloak) => "El Client ID del cliente es lo que envía como audiencia.",
        (Topic::Issuer, Product::JumpCloud) => {
            "El campo es de texto libre: ponga un valor que no tenga ninguna otra conexión."
        }
        (Topic::Certificate, Product::Entra) => {
            "O dé a la conexión la App Federation Metadata Url, que siempre trae los certificados de esta aplicación."
        }
        (Topic::Certificate, Product::Google) => {
            "Si la aplicación desaparece para las personas después de un certificado nuevo, ponga User access en OFF y otra vez en ON."
        }
        (Topic::NewCertificate, Product::OneLogin) => {
            "Después elíjalo en Applications > la aplicación > SSO > X.509 Certificate > Change."
        }
        (Topic::Metadata, Product::Clever) => {
            "Puede que Clever muestre solo su SSO URL, su Entity ID y su certificado: en ese caso dé esos tres a la conexión."
        }
        (Topic::Algorithm, Product::Okta) => "Ponga también Digest Algorithm en SHA256.",
        (Topic::Encryption, Product::Shibboleth) => {
            "Con idp.encryption.optional = true en conf/idp.properties solo cifra cuando tiene nuestro certificado."
        }
        (Topic::NameId, Product::Adfs) => "AD FS no envía ningún NameID si una regla no lo crea.",
        (Topic::NameId, Product::Keycloak) => "Active Force name ID format.",
        (Topic::Attributes, Product::Entra) => {
            "El correo electrónico no se envía para las personas que no tienen buzón."
        }
        (Topic::Attributes, Product::OneLogin) => "Marque Include in SAML assertion.",
        (Topic::Attributes, Product::Rippling) => {
            "Ponga Disable automatic standardization of attributes en Yes, o llegará con otro nombre."
        }
        (Topic::Attributes, Product::Shibboleth) => {
            "Los atributos se envían solo si una política los libera; después recargue los servicios."
        }
        (Topic::Groups, Product::Entra) => "Elija «Groups assigned to the application».",
        (Topic::Assignment, Product::Google) => {
            "Póngalo en ON para su unidad organizativa; puede tardar hasta un día."
        }
        (Topic::Assignment, Product::PingOne) => "Compruebe también que la aplicación esté encendida.",
        (Topic::Start, Product::OneLogin) => {
            "En OneLogin, Applications > la aplicación > Configuration > SAML initiator se puede poner en Service Provider."
        }
        _ => return None,
    })
}

fn own(code: Code, product: Product) -> Option<&'static str> {
    Some(match (code, product) {
        (Code::InResponseToUnknown, Product::Rippling) => {
            "Rippling pone un identificador que no responde a nada en los inicios de sesión que empiezan en sus propios accesos. Vaya a IT Management > Custom App > la aplicación > Settings > Advanced SAML y active Disable InResponseTo field in assertions for IdP initiated SSO."
        }
        (Code::SignatureCanonicalization, Product::Keycloak) => {
            "En Keycloak, vaya a Clients > la aplicación > Settings > Signature and Encryption > Canonicalization method y elija EXCLUSIVE."
        }
        (Code::AuthnStatementMissing, Product::Keycloak) => {
            "En Keycloak, vaya a Clients > la aplicación > Settings > SAML capabilities > Include AuthnStatement y actívelo."
        }
        _ => return None,
    })
}

/// The mend that is the same everywhere, by its English text.
pub fn of_english(text: &str) -> Option<&'static str> {
    let row = CODES.iter().find(|row| row.mend == text);
    row.map(|row| general::general(row.code))
}
