//! What to do where no console is known. The English of these is the engine's table of codes.

use gatepost_saml::code::Code;

#[expect(clippy::too_many_lines, reason = "a sentence or two for each code")]
pub fn general(code: Code) -> &'static str {
    match code {
        Code::InputEmpty => {
            "La solicitud no traía ningún mensaje SAML. Compruebe que el proveedor de identidad envíe SAMLResponse a la ACS URL."
        }
        Code::InputParameters => {
            "La solicitud debe traer exactamente un mensaje SAML, en su propio parámetro, y ningún parámetro dos veces."
        }
        Code::InputEncoding => {
            "El mensaje no es base64 simple. Envíelo de nuevo sin cambios; si se copió a mano, copie el valor completo."
        }
        Code::InputDeflate => {
            "Un mensaje por el binding Redirect debe ir comprimido con DEFLATE; uno enviado por POST, no."
        }
        Code::BindingNotAllowed => {
            "La respuesta debe llegar por HTTP-POST. En el proveedor de identidad, ponga HTTP-POST como binding de la ACS URL."
        }
        Code::MessageTooLarge => {
            "El mensaje es más grande de lo que se lee aquí. Envíe menos atributos o grupos para esta aplicación."
        }
        Code::XmlEncoding => {
            "El mensaje debe estar en UTF-8. Configure el proveedor de identidad para que envíe UTF-8."
        }
        Code::XmlMalformed => {
            "El mensaje no es XML bien formado. Algo lo cambió o lo cortó en el camino; envíelo de nuevo sin cambios."
        }
        Code::XmlDoctype => {
            "El mensaje trae una declaración de tipo de documento, que ningún proveedor de identidad necesita. No se siguió leyendo."
        }
        Code::XmlProcessingInstruction => {
            "El mensaje trae una instrucción de procesamiento, que ningún proveedor de identidad necesita."
        }
        Code::XmlEntity => {
            "El mensaje usa una entidad que no es ninguna de las cinco de XML ni una referencia a un carácter."
        }
        Code::XmlNamespace => {
            "El mensaje usa los espacios de nombres de una manera no permitida: un prefijo sin declarar, uno reservado o un nombre relativo."
        }
        Code::XmlDuplicateId => {
            "Dos elementos del mensaje llevan el mismo ID, de modo que una firma podría entenderse como si cubriera el que no es."
        }
        Code::XmlLimits => "El mensaje tiene demasiados niveles, o demasiados elementos o atributos.",
        Code::CommentInText => {
            "Un comentario parte un texto del mensaje, y los programas podrían leerlo de maneras distintas. Conviene investigar a quien envía un mensaje así."
        }
        Code::UnexpectedMessage => {
            "Esta dirección recibe otro tipo de mensaje SAML. Revise a qué dirección envía el proveedor de identidad."
        }
        Code::MessageMalformed => {
            "Al mensaje le falta una parte obligatoria o la trae dos veces. No sigue el esquema de SAML."
        }
        Code::MessageIdMissing => "El mensaje o su aserción no tiene un ID que se pueda usar.",
        Code::VersionUnsupported => {
            "El mensaje no es SAML 2.0. En el proveedor de identidad, elija SAML 2.0 (no 1.1)."
        }
        Code::DestinationMissing => {
            "Un mensaje firmado debe llevar su Destination. Ponga nuestra ACS URL como Destination o Recipient de esta aplicación."
        }
        Code::DestinationMismatch => {
            "El mensaje está dirigido a otra dirección. Ponga como ACS URL de esta aplicación (Single sign-on URL, Reply URL) exactamente el valor que se esperaba."
        }
        Code::IssuerMissing => "El mensaje no dice quién lo emitió.",
        Code::IssuerFormat => "El Issuer tiene un Format distinto de entity.",
        Code::IssuerMismatch => {
            "El mensaje viene de un proveedor de identidad distinto del que espera esta conexión. Si el valor que se encontró es el suyo, póngalo como Entity ID de la conexión."
        }
        Code::StatusNotSuccess => {
            "El proveedor de identidad respondió con un error y no con una aserción. Su propio registro de inicios de sesión dice por qué."
        }
        Code::StatusRequestDenied => {
            "El proveedor de identidad rechazó la solicitud. Compruebe que esta persona o su grupo tenga asignada la aplicación."
        }
        Code::StatusAuthnFailed => {
            "La persona no pudo demostrar quién es en el proveedor de identidad. Puede intentarlo allí de nuevo."
        }
        Code::StatusNoPassive => {
            "El proveedor de identidad habría tenido que preguntar a la persona y se le pidió no hacerlo. Inicie sesión de nuevo sin IsPassive."
        }
        Code::StatusNoAuthnContext => {
            "El proveedor de identidad no puede autenticar de la manera que se pidió. Quite el contexto de autenticación que se pide o elija uno que ofrezca."
        }
        Code::StatusInvalidNameIdPolicy => {
            "El proveedor de identidad no puede emitir el formato de NameID que se pidió. Quite el formato o agregue una regla de NameID en el proveedor de identidad."
        }
        Code::SignatureMultiple => "Un elemento lleva más de una firma.",
        Code::SignatureMalformed => "Una firma está incompleta o tiene partes que SAML no permite.",
        Code::SignatureReference => "Una firma no se refiere exactamente al elemento en el que está.",
        Code::SignatureTransform => "Una firma usa una transformación que SAML no permite.",
        Code::SignatureCanonicalization => {
            "La firma no usa la canonicalización exclusiva (exclusive C14N). Elija la canonicalización exclusiva o permita inclusive_c14n en esta conexión."
        }
        Code::SignatureAlgorithm => {
            "El algoritmo de firma o de resumen no se acepta. Elija RSA-SHA256 en el proveedor de identidad."
        }
        Code::SignatureAlgorithmSha1 => {
            "El mensaje está firmado con SHA-1, que ya no es seguro. Elija SHA-256 en el proveedor de identidad; mientras tanto se puede permitir sha1 en esta conexión, con fecha de término."
        }
        Code::SignatureKeyWeak => {
            "El proveedor de identidad firma con una clave RSA de menos de 2048 bits. Pida que cree un certificado nuevo."
        }
        Code::SignatureKeyUnknown => {
            "El mensaje está firmado con una clave en la que esta conexión no confía. Si el proveedor de identidad tiene un certificado nuevo, agréguelo a la conexión; obténgalo del propio proveedor de identidad y no de este mensaje."
        }
        Code::SignatureInvalid => {
            "La firma no corresponde al certificado que se esperaba. Pida que el proveedor de identidad firme con la clave privada de ese certificado o agregue a la conexión el certificado con el que firma; si ambos son correctos, el mensaje se cambió en el camino."
        }
        Code::DigestMismatch => "La parte firmada del mensaje se cambió después de firmarla.",
        Code::NotSigned => {
            "Nada de lo que podríamos usar está firmado. Active la firma de la aserción o de la respuesta en el proveedor de identidad."
        }
        Code::DecryptionKeyMissing => {
            "La aserción está cifrada y esta conexión no tiene con qué leerla. Dé nuestro certificado de cifrado al proveedor de identidad o desactive allí el cifrado."
        }
        Code::DecryptionAlgorithm => {
            "La aserción está cifrada de una manera que no se acepta. Elija AES-256-GCM con RSA-OAEP en el proveedor de identidad."
        }
        Code::DecryptionFailed => {
            "No se pudo descifrar la aserción. Haga que el proveedor de identidad lea de nuevo nuestros metadatos o dele el certificado de cifrado que está en ellos: debe cifrar para el actual."
        }
        Code::AssertionMissing => "La respuesta no trae ninguna aserción.",
        Code::AssertionMultiple => "La respuesta trae más de una aserción; se acepta exactamente una.",
        Code::AssertionMalformed => "A la aserción le falta una parte obligatoria o la trae dos veces.",
        Code::AssertionIssuerMissing => "La aserción no dice quién la emitió.",
        Code::AssertionIssuerMismatch => {
            "La aserción viene de un proveedor de identidad distinto del que espera esta conexión. Si el valor que se encontró es el suyo, póngalo como Entity ID de la conexión."
        }
        Code::SubjectMissing => "La aserción no tiene sujeto.",
        Code::NameIdMissing => {
            "El sujeto de la aserción no tiene NameID. Agregue un Name ID (por ejemplo, el correo electrónico) en el proveedor de identidad."
        }
        Code::NameIdMalformed => "El NameID está vacío, aparece dos veces o no es texto simple.",
        Code::ConfirmationMissing => {
            "La aserción no tiene una confirmación de sujeto «bearer» con los datos que necesita un inicio de sesión por navegador."
        }
        Code::ConfirmationRecipientMissing => {
            "La confirmación del sujeto no lleva su Recipient. Ponga nuestra ACS URL como Recipient de esta aplicación."
        }
        Code::ConfirmationRecipientMismatch => {
            "La aserción se hizo para otra dirección. Ponga como ACS URL de esta aplicación (Single sign-on URL, Reply URL, Recipient) exactamente el valor que se esperaba."
        }
        Code::ConfirmationExpiryMissing => "La confirmación del sujeto no dice hasta cuándo es válida.",
        Code::ConfirmationExpired => {
            "Ya pasó el tiempo para entregar este inicio de sesión. Si le ocurre a todos, ponga en hora el reloj del proveedor de identidad por NTP."
        }
        Code::ConfirmationNotYetValid => {
            "La confirmación del sujeto todavía no es válida. Ponga en hora el reloj del proveedor de identidad por NTP."
        }
        Code::Unsolicited => {
            "La respuesta no responde a ninguna solicitud nuestra. Empiece desde la página de acceso o permita en esta conexión los inicios de sesión que empiezan en el proveedor de identidad."
        }
        Code::InResponseToUnknown => {
            "La respuesta es para una solicitud que no está pendiente en este navegador. Inicie sesión de nuevo desde el principio."
        }
        Code::InResponseToMismatch => {
            "La respuesta es para una solicitud distinta de la que está pendiente. Inicie sesión de nuevo desde el principio."
        }
        Code::IdpSendsUnsolicited => {
            "Al proveedor de identidad se le acaba de enviar una solicitud y su respuesta no responde a ninguna. Tal como está configurado no puede responder solicitudes: ponga en accept el inicio de sesión desde el proveedor de identidad en esta conexión."
        }
        Code::ConditionsMissing => "La aserción no tiene Conditions.",
        Code::TimeMalformed => "Una hora del mensaje no es un dateTime en UTC.",
        Code::AssertionExpired => {
            "La aserción ya venció. Si le ocurre a todos, ponga en hora el reloj del proveedor de identidad por NTP."
        }
        Code::AssertionNotYetValid => {
            "La aserción todavía no es válida. Ponga en hora el reloj del proveedor de identidad por NTP."
        }
        Code::ValidityTooLong => {
            "La aserción vale por más tiempo del que acepta esta conexión. En el proveedor de identidad, acorte su duración a lo que se esperaba."
        }
        Code::AudienceMissing => {
            "La aserción no dice para quién es. Ponga nuestro Entity ID como Audience (SP Entity ID) de esta aplicación."
        }
        Code::AudienceMismatch => {
            "La aserción se hizo para otro proveedor de servicio. Ponga como Audience (SP Entity ID, Identifier) de esta aplicación exactamente el valor que se esperaba."
        }
        Code::ConditionUnknown => {
            "La aserción trae una condición que aquí no se conoce, así que no se puede decidir si es válida."
        }
        Code::AuthnStatementMissing => {
            "La aserción no dice que alguien se haya autenticado. Active el AuthnStatement en el proveedor de identidad."
        }
        Code::AuthnNotFresh => {
            "La solicitud pedía autenticarse de nuevo (ForceAuthn), y la aserción habla de una autenticación anterior o no dice cuándo fue. Haga que el proveedor de identidad vuelva a preguntar a la persona o deje de pedirlo en esta conexión."
        }
        Code::AuthnContextMismatch => "La persona no se autenticó de la manera que se pidió.",
        Code::SessionExpired => {
            "La sesión en el proveedor de identidad ya terminó. Inicie sesión allí de nuevo."
        }
        Code::AssertionReplayed => {
            "Esta aserción ya se usó. Si le ocurre a una persona después de presionar Atrás o recargar, basta con que inicie sesión de nuevo."
        }
        Code::AssertionBeforeRestore => {
            "La aserción se emitió antes de que la base de datos se restaurara de una copia de seguridad, así que nadie puede saber si ya se usó. Basta con que la persona inicie sesión de nuevo."
        }
        Code::EnginesDisagree => {
            "Aquí dos motores revisan cada mensaje, y el segundo no leyó este igual que el primero. Guarde el mensaje e infórmelo: uno de los motores se equivoca o alguien intenta que difieran."
        }
        Code::LogoutExpired => "La solicitud de cierre de sesión ya venció.",
        Code::MetadataExpired => {
            "El validUntil de los metadatos ya pasó. Obtenga una copia nueva del proveedor de identidad."
        }
        Code::MetadataEntityMissing => "Los metadatos no nombran ninguna entidad.",
        Code::MetadataEntityMismatch => {
            "Los metadatos son de una entidad distinta de aquella por la que se preguntó."
        }
        Code::MetadataRoleMissing => {
            "Los metadatos no describen un proveedor de identidad para SAML 2.0. Quizás sean de un proveedor de servicio: exporte los del proveedor de identidad."
        }
        Code::MetadataKeyMissing => "Los metadatos no traen ningún certificado de firma.",
        Code::MetadataKeyInvalid => {
            "Un certificado de los metadatos no se puede leer o su clave no se acepta."
        }
        Code::MetadataEndpointMissing => {
            "Los metadatos no traen ninguna dirección de inicio de sesión por HTTP-Redirect o HTTP-POST."
        }
        Code::MetadataEndpointInvalid => "Una dirección de los metadatos no es una dirección http o https.",
        Code::UserUnknown => {
            "En la cuenta no se conoce a nadie con esta identidad, y la conexión no crea usuarios. Importe primero a la persona (con el identificador externo que envía el proveedor de identidad) o permita que la conexión cree usuarios."
        }
        Code::ExternalIdConflict => {
            "El identificador externo que se envió no corresponde al usuario al que lleva la identidad: uno de los dos es de otra persona. Corrija el identificador en el proveedor de identidad o el identificador externo del usuario aquí. O alguien introdujo aquí ese identificador para un usuario que ya inicia sesión o es propietario: si ambos son la misma persona, un propietario lo quita y lo introduce de nuevo."
        }
        Code::EmailUnverified => {
            "El correo electrónico no es de un dominio que la cuenta haya demostrado y que esta conexión pueda afirmar. Demuestre el dominio, permita la dirección como invitada o ponga unverified_emails en keep o drop."
        }
        Code::UserDisabled => {
            "El usuario de esta identidad está desactivado en la cuenta. Un administrador puede activarlo de nuevo."
        }
        Code::UserConflict => {
            "Esta identidad no se puede asignar por sí sola a un usuario: corresponde a más de uno, o el que corresponde ya inicia sesión y tiene otra identidad en esta conexión o una dirección que alguien introdujo. Ponga al usuario el identificador externo que envía el proveedor de identidad y agréguelo a la correspondencia, o corrija la dirección del usuario que la tiene."
        }
        Code::MappingRequiredMissing => {
            "No se envió un atributo que la correspondencia de la conexión exige, o no con exactamente un valor. Agregue el atributo que se esperaba a los que el proveedor de identidad envía para esta aplicación."
        }
        Code::NameIdTransient => {
            "El NameID es transitorio: cambia en cada inicio de sesión, así que no identifica a nadie. En el proveedor de identidad, ponga como formato de NameID de esta aplicación el que se esperaba, o deje que un atributo identifique a la persona en esta conexión."
        }
    }
}
