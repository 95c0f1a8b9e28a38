//! What messages are judged by: refusals, steps, sides, relaxations.

use gatepost_saml::code::{Code, Side, StepName};
use gatepost_saml::policy::Relaxation;

use crate::words::Message as M;

const UNREADABLE: &str = "No se pudo leer la respuesta de la página de acceso de su escuela o empresa.";
const UNTRUSTED: &str = "No se pudo verificar la respuesta de la página de acceso de su escuela o empresa.";
const NOT_FOR_US: &str =
    "La respuesta de la página de acceso de su escuela o empresa no era para este sitio.";
const TOO_LATE: &str = "El inicio de sesión tardó demasiado o algún reloj está mal. Inicie sesión de nuevo.";
const START_AGAIN: &str = "Este inicio de sesión no corresponde a ninguna solicitud de este navegador. Empiece de nuevo desde la página de acceso.";
const INCOMPLETE: &str = "La página de acceso de su escuela o empresa no envió todo lo que hace falta.";
const REFUSED_THERE: &str = "La página de acceso de su escuela o empresa no le dejó entrar.";
const NOT_KNOWN: &str = "Aquí no se le conoce o no puede iniciar sesión. Consulte a su administrador.";
const ANEW: &str =
    "Inicie sesión de nuevo, con su contraseña, en la página de acceso de su escuela o empresa.";
const NOT_SHOWN: &str = "No se pudo aceptar el documento.";

pub fn code_user(code: Code) -> &'static str {
    match code {
        Code::InputEmpty
        | Code::InputParameters
        | Code::InputEncoding
        | Code::InputDeflate
        | Code::BindingNotAllowed
        | Code::MessageTooLarge
        | Code::XmlEncoding
        | Code::XmlMalformed
        | Code::XmlDoctype
        | Code::XmlProcessingInstruction
        | Code::XmlEntity
        | Code::XmlNamespace
        | Code::XmlLimits
        | Code::UnexpectedMessage
        | Code::MessageMalformed
        | Code::MessageIdMissing
        | Code::VersionUnsupported
        | Code::DecryptionKeyMissing
        | Code::DecryptionAlgorithm
        | Code::DecryptionFailed
        | Code::AssertionMalformed
        | Code::TimeMalformed => UNREADABLE,
        Code::XmlDuplicateId
        | Code::CommentInText
        | Code::IssuerMissing
        | Code::IssuerFormat
        | Code::IssuerMismatch
        | Code::SignatureMultiple
        | Code::SignatureMalformed
        | Code::SignatureReference
        | Code::SignatureTransform
        | Code::SignatureCanonicalization
        | Code::SignatureAlgorithm
        | Code::SignatureAlgorithmSha1
        | Code::SignatureKeyWeak
        | Code::SignatureKeyUnknown
        | Code::SignatureInvalid
        | Code::DigestMismatch
        | Code::NotSigned
        | Code::AssertionMultiple
        | Code::AssertionIssuerMissing
        | Code::AssertionIssuerMismatch
        | Code::ValidityTooLong
        | Code::ConditionUnknown
        | Code::EnginesDisagree => UNTRUSTED,
        Code::DestinationMissing
        | Code::DestinationMismatch
        | Code::ConfirmationRecipientMissing
        | Code::ConfirmationRecipientMismatch
        | Code::AudienceMissing
        | Code::AudienceMismatch => NOT_FOR_US,
        Code::ConfirmationExpiryMissing
        | Code::ConfirmationExpired
        | Code::ConfirmationNotYetValid
        | Code::AssertionExpired
        | Code::AssertionNotYetValid
        | Code::SessionExpired
        | Code::LogoutExpired => TOO_LATE,
        Code::Unsolicited
        | Code::InResponseToUnknown
        | Code::InResponseToMismatch
        | Code::IdpSendsUnsolicited
        | Code::AssertionReplayed
        | Code::AssertionBeforeRestore => START_AGAIN,
        Code::AssertionMissing
        | Code::SubjectMissing
        | Code::NameIdMissing
        | Code::NameIdMalformed
        | Code::ConfirmationMissing
        | Code::ConditionsMissing
        | Code::AuthnStatementMissing
        | Code::MappingRequiredMissing
        | Code::NameIdTransient => INCOMPLETE,
        Code::StatusNotSuccess
        | Code::StatusRequestDenied
        | Code::StatusAuthnFailed
        | Code::StatusNoPassive
        | Code::StatusNoAuthnContext
        | Code::StatusInvalidNameIdPolicy
        | Code::AuthnContextMismatch => REFUSED_THERE,
        Code::AuthnNotFresh => ANEW,
        Code::MetadataExpired
        | Code::MetadataEntityMissing
        | Code::MetadataEntityMismatch
        | Code::MetadataRoleMissing
        | Code::MetadataKeyMissing
        | Code::MetadataKeyInvalid
        | Code::MetadataEndpointMissing
        | Code::MetadataEndpointInvalid => NOT_SHOWN,
        Code::UserUnknown
        | Code::ExternalIdConflict
        | Code::EmailUnverified
        | Code::UserDisabled
        | Code::UserConflict => NOT_KNOWN,
    }
}

pub fn side(side: Side) -> M {
    M(match side {
        Side::Idp => "quien administra el proveedor de identidad",
        Side::Sp => "quien administra esta conexión",
        Side::User => "la persona que inicia sesión",
        Side::Attacker => "nadie: ningún proveedor de identidad honesto envía esto",
    })
}

pub fn step(step: StepName) -> M {
    M(match step {
        StepName::Input => "¿Llegó un mensaje por el camino correcto?",
        StepName::Size => "¿Es lo bastante pequeño para leerlo?",
        StepName::Xml => "¿Es XML sencillo y sin ambigüedades?",
        StepName::Root => "¿Es el tipo de mensaje que corresponde aquí?",
        StepName::Version => "¿Es SAML 2.0?",
        StepName::Destination => "¿Está dirigido a nosotros?",
        StepName::Issuer => "¿Viene del proveedor de identidad esperado?",
        StepName::Status => "¿Informa el proveedor de identidad que todo salió bien?",
        StepName::MessageSignature => "¿Se verifica la firma del mensaje?",
        StepName::ResponseSignature => "¿Se verifica la firma de la respuesta?",
        StepName::Decryption => "¿Pudimos descifrar lo que está cifrado?",
        StepName::AssertionCount => "¿Trae exactamente una aserción?",
        StepName::AssertionSignature => "¿Se verifica la firma de la aserción?",
        StepName::Coverage => "¿Cubre una firma todo lo que leemos?",
        StepName::AssertionIssuer => "¿Nombra la aserción al mismo emisor?",
        StepName::Subject => "¿Nombra a una persona?",
        StepName::Confirmation => "¿Se hizo para esta dirección y se entregó a tiempo?",
        StepName::InResponseTo => "¿Responde a una solicitud de este navegador?",
        StepName::ConditionsTime => "¿Es válido ahora?",
        StepName::Audience => "¿Se hizo para nosotros?",
        StepName::ConditionsOther => "¿Conocemos todas sus demás condiciones?",
        StepName::AuthnStatement => "¿Dice que la persona demostró quién es?",
        StepName::AuthnContext => "¿Lo demostró de la manera que se pidió?",
        StepName::SessionEnd => "¿Sigue abierta su sesión en el proveedor de identidad?",
        StepName::NotOnOrAfter => "¿Sigue siendo válido?",
        StepName::NameId => "¿Dice de quién es la sesión que se cierra?",
        StepName::SessionIndex => "¿Nombra sus sesiones?",
        StepName::Replay => "¿Es la primera vez que se usa?",
        StepName::Mapping => "¿Se envió todo lo que esta conexión exige?",
        StepName::MetadataSignature => "¿Se verifica la firma de los metadatos?",
        StepName::ValidUntil => "¿Siguen siendo válidos los metadatos?",
        StepName::EntityId => "¿Tratan de la entidad por la que se preguntó?",
        StepName::Role => "¿Describen un proveedor de identidad para SAML 2.0?",
        StepName::Keys => "¿Tienen certificados de firma que se puedan usar?",
        StepName::Endpoints => "¿Tienen direcciones de inicio de sesión que se puedan usar?",
    })
}

pub fn relaxation(relaxation: Relaxation) -> M {
    M(match relaxation {
        Relaxation::Unsolicited => "inicios de sesión que empiezan en el proveedor de identidad",
        Relaxation::Sha1 => "SHA-1 en las firmas, que ya no es seguro",
        Relaxation::Rsa1024 => "claves RSA de menos de 2048 bits",
        Relaxation::InclusiveC14n => "canonicalización inclusiva",
        Relaxation::EmptyReferenceUri => "una firma que se refiere a todo el documento",
        Relaxation::Rsa15 => "transporte de claves RSA 1.5",
        Relaxation::TripleDes => "cifrado Triple-DES",
        Relaxation::NoAuthnStatement => "aserciones sin declaración de autenticación",
        Relaxation::UnknownInResponseTo => "respuestas a una solicitud que nunca se hizo",
    })
}
