//! Setting a connection up at the other end.

use crate::words::Message as M;
use crate::words::setup::{Say, SetupText};

pub const SETUP: SetupText = SetupText {
    say,
    place: M("En {console}: {place}"),
    acs_url: M("Nuestra ACS URL"),
    entity_id: M("Nuestro Entity ID"),
    metadata_url: M("La dirección de nuestros metadatos"),
    acs_url_pattern: M("Nuestra ACS URL como patrón"),
    login_url: M("La dirección donde las personas inician sesión"),
    name_id: M("Lo que identifica a una persona"),
    choose: M("Elija o escriba"),
    attribute: M("Atributo, formado con"),
    bring_metadata_url: M(
        "La dirección de sus metadatos (lo mejor: así los certificados nuevos se encuentran solos)",
    ),
    bring_metadata_file: M("Sus metadatos, como archivo o como texto"),
    bring_fields: M("Estos tres campos"),
    bring_sso_url: M("Su dirección de inicio de sesión único (Single Sign-On URL)"),
    bring_entity_id: M("Su Entity ID"),
    bring_certificate: M("Su certificado de firma"),
};

fn say(say: Say) -> M {
    M(match say {
        Say::Create => "Cree una aplicación nueva para este sitio.",
        Say::CreateNamed => {
            "Cree una aplicación nueva para este sitio y póngale un nombre que las personas reconozcan."
        }
        Say::OpenSignOn => "Elija SAML como forma de entrar.",
        Say::EnterValues => "Escriba estos valores nuestros, exactamente como están.",
        Say::LoadMetadata => "Dele la dirección de nuestros metadatos: de allí lee nuestros valores.",
        Say::CheckValues => "Compruebe que haya leído estos valores nuestros; si no, escríbalos.",
        Say::NameId => "Elija lo que identifica a una persona.",
        Say::Attributes => "Haga que se envíen estos atributos, exactamente con estos nombres.",
        Say::DefaultClaims => {
            "Estos se envían solos. Compruebe que estén y que se formen con datos que sus usuarios tengan."
        }
        Say::Groups => {
            "Si los grupos deben contar aquí, haga que también se envíen. Este paso se puede omitir."
        }
        Say::Sign => "Elija cómo firma.",
        Say::RequestsUnsigned => {
            "Nuestras solicitudes van firmadas: importe nuestra clave desde nuestros metadatos o desactive esto."
        }
        Say::Assign => "Indique qué personas o grupos pueden iniciar sesión aquí.",
        Say::AssignMayTake => {
            "Actívela para todas las personas que pueden iniciar sesión aquí. Puede tardar hasta un día en funcionar."
        }
        Say::SwitchOn => "Actívela.",
        Say::Finish => "Termine.",
        Say::AccessPolicy => "Indique quién puede iniciar sesión aquí.",
        Say::ClaimRule => "Agregue una regla que envíe estos atributos de Active Directory.",
        Say::NameIdRule => {
            "Agregue una segunda regla, que forme el NameID con el correo electrónico. Sin ella no se envía ninguno."
        }
        Say::AskClever => {
            "Pida al equipo de ingeniería para socios de Clever un conector SAML para este sitio (hace falta un contrato con Clever) y deles estos valores."
        }
        Say::ShareWithSchools => "Indique qué escuelas, docentes y estudiantes se comparten con ella.",
        Say::PerDistrict => "Si pide valores por distrito, escriba estos para el suyo.",
        Say::FindBehindCanvas => {
            "Canvas no inicia la sesión de las personas por sí mismo. Vea aquí con qué proveedor de identidad lo hace: la conexión es con ese."
        }
        Say::DoItThere => {
            "En ese proveedor de identidad, cree una aplicación nueva para este sitio, con estos valores nuestros."
        }
        Say::AddTile => {
            "Cree una app de LaunchPad con esta dirección, para que las personas tengan un acceso directo."
        }
        Say::ReleaseAttributes => {
            "Agregue una política que nos libere estos atributos. Sin ella no se envía ninguno."
        }
        Say::WithoutEncryption => {
            "Puede que nuestros metadatos no traigan un certificado de cifrado. En ese caso, permita que las aserciones para nosotros vayan sin cifrar."
        }
        Say::ReloadServices => {
            "Recargue los servicios de metadatos, de filtro de atributos y de relying party."
        }
        Say::NeedsSource => {
            "Compruebe que haya una fuente con la que las personas inicien sesión, como Active Directory."
        }
        Say::StandardNames => {
            "Ponga estas dos opciones; si no, fallan los inicios de sesión desde sus propios accesos y los atributos llegan con otros nombres."
        }
        Say::AnyConsole => "Cree una aplicación nueva para SAML 2.0 en su proveedor de identidad.",
    })
}
