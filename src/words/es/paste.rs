//! Qué está mal en lo que alguien pegó sobre su proveedor de identidad, y qué hacer.

use gatepost_saml::paste::ProblemCode;

use crate::words::Message as M;

#[expect(clippy::too_many_lines, reason = "a table, a line or two for each problem")]
pub fn problem(code: ProblemCode) -> M {
    M(match code {
        ProblemCode::Empty => {
            "No se pegó nada. Copie los metadatos del proveedor de identidad, o su dirección, y péguelos aquí."
        }
        ProblemCode::TooLarge => {
            "Es demasiado largo ({found}; se leen {wanted}). Pegue solo los metadatos del proveedor de identidad."
        }
        ProblemCode::NotRecognised => {
            "No reconocemos nada en esto (empieza por «{found}»). Pegue los metadatos del proveedor de identidad, la \
             dirección de los metadatos, o su Entity ID, su dirección de inicio de sesión y su certificado."
        }
        ProblemCode::WebPage => {
            "Esto es una página web y no son metadatos. Si abrió la dirección de los metadatos en un navegador, quizá se le \
             pidió iniciar sesión: descargue el archivo o pegue la dirección."
        }
        ProblemCode::PrivateKey => {
            "Esto es una clave privada. No se guardó aquí, pero considérela expuesta: pida al proveedor de identidad que \
             genere una nueva. Pegue en su lugar el certificado (BEGIN CERTIFICATE)."
        }
        ProblemCode::PublicKey => {
            "Esto es una clave pública sin su certificado. Pegue el certificado (BEGIN CERTIFICATE) al que pertenece."
        }
        ProblemCode::CertificateTruncated => {
            "Falta una parte del certificado ({found} de {wanted}). Cópielo de nuevo, de la primera línea a la última."
        }
        ProblemCode::CertificateUnreadable => {
            "Esto empieza como un certificado y no se puede leer como tal. Descárguelo de nuevo en Base64 (PEM) y péguelo \
             completo."
        }
        ProblemCode::CertificateRequest => {
            "Esto es una solicitud de certificado (CSR). Pegue el certificado con el que firma el proveedor de identidad."
        }
        ProblemCode::KeyUnsupported => {
            "La clave del certificado ({found}) es de un tipo o tamaño que no se acepta. El proveedor de identidad debe \
             firmar con RSA de 2048 a 8192 bits, o con P-256, P-384 o P-521."
        }
        ProblemCode::KeyWeak => {
            "La clave del certificado ({found}) es demasiado corta para ser segura. Pida al proveedor de identidad un \
             certificado con al menos {wanted}."
        }
        ProblemCode::FingerprintOnly => {
            "Esto es la huella de un certificado. Necesitamos el certificado mismo: busque un botón que lo descargue."
        }
        ProblemCode::CertificateExpired => {
            "El certificado «{choices}» terminó el {wanted}. Se puede iniciar sesión de todos modos; pida al proveedor de \
             identidad el siguiente."
        }
        ProblemCode::CertificateNotYetValid => {
            "El certificado «{choices}» empieza el {wanted}. Si el proveedor de identidad firma con otro hasta entonces, agregue \
             también ese."
        }
        ProblemCode::CertificateSha1 => {
            "El certificado «{choices}» se hizo con SHA-1. Eso no decide nada, pero revise si el proveedor de identidad firma \
             sus mensajes con SHA-256."
        }
        ProblemCode::ChainLeafOnly => {
            "De esta cadena de certificados solo se confía en el que firma ({choices}); los demás, {found}, se dejaron fuera."
        }
        ProblemCode::CertificateOfAuthority => {
            "El certificado de «{found}» es de una autoridad, que firma certificados y no inicios de sesión. Revise si el \
             proveedor de identidad tiene otro para firmar."
        }
        ProblemCode::XmlTruncated => {
            "Falta el final de los metadatos: {wanted} no llega nunca. Cópielos de nuevo completos, o pegue su dirección."
        }
        ProblemCode::XmlMalformed => {
            "Los metadatos se dañaron en el camino ({found}). Descárguelos como archivo, o pegue su dirección, en vez de \
             copiarlos de una página."
        }
        ProblemCode::MetadataRefused => {
            "Los metadatos no se pueden usar ({wanted}; se encontró: {found}). Descárguelos de nuevo del proveedor de \
             identidad."
        }
        ProblemCode::ServiceProviderMetadata => {
            "Estos son los metadatos de un proveedor de servicios ({found}). Pegue los del proveedor de identidad, que su \
             consola ofrece para descargar."
        }
        ProblemCode::OwnMetadata => {
            "Estos son nuestros propios metadatos ({found}), que van en la configuración del proveedor de identidad. Pegue \
             aquí los metadatos del proveedor de identidad."
        }
        ProblemCode::SeveralEntities => {
            "Aquí hay {found} proveedores de identidad. Indique cuál es el suyo: {choices}."
        }
        ProblemCode::EmptyAggregate => {
            "Esto es una lista de proveedores de identidad (EntitiesDescriptor) que no contiene ninguno. Pegue los metadatos \
             de su proveedor de identidad, o revise donde se hizo la lista por qué está vacía."
        }
        ProblemCode::ResponsePasted => {
            "Esto es una respuesta SAML: con lo que alguien inició sesión, y no una descripción del proveedor de identidad. \
             Pegue aquí sus metadatos. Para saber por qué falló un inicio de sesión, mire los inicios de sesión, y no envíe \
             estos mensajes a nadie."
        }
        ProblemCode::MessagePasted => {
            "Esto es un mensaje SAML ({found}) y no una descripción del proveedor de identidad. Pegue sus metadatos."
        }
        ProblemCode::WsFederation => {
            "Esto es para WS-Federation ({found}), que no es SAML. En Entra, copie la Login URL, que termina en /saml2, o la \
             App Federation Metadata Url."
        }
        ProblemCode::OpenIdConnect => {
            "Esto es para OpenID Connect ({found}), que no es SAML. Cree una aplicación SAML en el proveedor de identidad y \
             pegue sus metadatos."
        }
        ProblemCode::OwnValues => {
            "«{found}» es nuestro: va en la configuración del proveedor de identidad. Pegue lo que el proveedor de identidad \
             muestra sobre sí mismo."
        }
        ProblemCode::ServiceProviderValues => {
            "«{found}» es de un proveedor de servicios. Pegue lo que el proveedor de identidad muestra sobre sí mismo: su \
             Entity ID (emisor), su dirección de inicio de sesión y su certificado."
        }
        ProblemCode::FieldsSwapped => {
            "«{found}» está en el campo equivocado. Intercambie el Entity ID y la dirección de inicio de \
             sesión."
        }
        ProblemCode::WhichIsWhich => {
            "No se puede saber cuál es cuál: {choices}. Escriba delante de cada una qué es, por ejemplo «SSO URL:»."
        }
        ProblemCode::TenantMismatch => {
            "«{found}» es de otra organización que el Entity ID, que es de {wanted}. Copie ambos de la misma aplicación."
        }
        ProblemCode::EntityMismatch => {
            "Esto es sobre «{found}», y se espera «{wanted}». Revise si es de la aplicación correcta."
        }
        ProblemCode::HttpUrl => {
            "«{found}» empieza por http://, de modo que lo que va allí se puede leer y cambiar en el camino. Use la \
             dirección que empieza por https://."
        }
        ProblemCode::UrlInvalid => {
            "«{found}» no es una dirección web. Cópiela completa, desde https:// en adelante."
        }
        ProblemCode::LoginPage => {
            "«{found}» es una página donde las personas inician sesión o eligen aplicaciones. Busque la dirección propia de \
             la aplicación: SSO URL, Login URL o SAML endpoint."
        }
        ProblemCode::AdminPage => {
            "«{found}» es una página de la administración del proveedor de identidad, que no podemos leer. Copie la \
             dirección de los metadatos, o los valores que muestra la página."
        }
        ProblemCode::IdpInitiatedUrl => {
            "«{found}» inicia sesión desde el lado del proveedor de identidad. Busque la dirección que recibe nuestras \
             solicitudes: SSO URL, Login URL o SAML endpoint."
        }
        ProblemCode::LogoutUrl => "«{found}» es para cerrar sesión. Busque la dirección para iniciar sesión.",
        ProblemCode::EntityIdInvalid => {
            "El Entity ID «{found}» es demasiado largo o tiene caracteres que no puede tener. Cópielo de nuevo."
        }
        ProblemCode::TenantWideMetadata => {
            "Estos metadatos son de toda la organización y pueden tener otros certificados que los de su aplicación. En \
             Entra, copie la App Federation Metadata Url de la aplicación, que termina en ?appid=…."
        }
        ProblemCode::EntityIdInUse => {
            "El Entity ID «{found}» ya está en uso en otro lugar. Si no lo esperaba, revise si estos son sus propios valores."
        }
        ProblemCode::EntityIdHere => {
            "La conexión «{found}» ya es con este proveedor de identidad. Siga con esa, salvo que esta sea para otra \
             aplicación de allí."
        }
        ProblemCode::FetchFailed => "No se pudieron obtener los metadatos: {found}.",
    })
}
