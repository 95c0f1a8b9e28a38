//! Los textos sobre el rigor con que juzga una conexión.

use super::M;
use crate::words::StrictnessText;

pub(super) const STRICTNESS: StrictnessText = StrictnessText {
    title: M("Rigor"),
    lead: M(
        "Lo que no se permite aquí se rechaza. Permita algo solo mientras no se pueda arreglar en el proveedor de identidad, y diga hasta cuándo: termina por sí solo, y hasta entonces figura entre los plazos.",
    ),
    look_again: M("Revise los campos marcados. No se ha cambiado nada."),
    allow: M("Permitir {what}"),
    until: M("Hasta el final del día"),
    until_hint: M("Un día como 2027-06-30 (UTC). Vacío: hasta que alguien lo retire."),
    ended: M("Este día ya pasó: ya no se permite."),
    of_signatures: M("Firmas"),
    of_encryption: M("Cifrado"),
    of_content: M("Lo que se dice"),
    gives_sha1: M(
        "A qué se renuncia: se pueden hacer dos mensajes distintos con un mismo SHA-1. Quien logre que el proveedor de identidad firme uno hecho por él puede obtener la firma de otro.",
    ),
    gives_rsa_1024: M(
        "A qué se renuncia: quien tenga grandes medios puede romper una clave tan corta, y entonces iniciar sesión por cualquiera.",
    ),
    gives_inclusive_c14n: M(
        "Se renuncia a poco: lo que se firma depende entonces también de lo que lo rodea. Es más difícil razonar sobre las firmas.",
    ),
    gives_empty_reference_uri: M(
        "Se renuncia a poco: la firma dice «todo este documento» en lugar de nombrar lo que firma. Se acepta solo en el elemento exterior.",
    ),
    gives_rsa_1_5: M(
        "A qué se renuncia: es una forma antigua de entregar claves, rota muchas veces en otros sitios a base de intentos. Nunca se dice qué falla en un mensaje, para que los intentos no enseñen nada.",
    ),
    gives_tripledes: M(
        "A qué se renuncia: es un cifrado antiguo en el que nadie debería confiar para guardar un secreto. La firma se comprueba igualmente.",
    ),
    gives_no_authn_statement: M(
        "A qué se renuncia: nada dice cuándo ni cómo probó la persona quién es, así que no puede limitar las sesiones.",
    ),
    clock_skew: M("Segundos que pueden diferir los relojes"),
    clock_skew_hint: M("De 0 a 600; lo habitual es 180. Un mensaje robado sirve durante ese tiempo más."),
    max_validity: M("Minutos que puede valer un mensaje"),
    max_validity_hint: M(
        "De 1 a 10080; lo habitual es 1440 (un día). Se rechaza un mensaje que dice valer más tiempo.",
    ),
    unverified: M("Correos electrónicos de dominios no probados"),
    unverified_usual: M(
        "Lo habitual: se rechazan cuando la cuenta ha probado un dominio (no cuenta la prueba de un enlace de configuración), aunque la prueba termine; antes se conservan",
    ),
    unverified_refuse: M("No dejar entrar a nadie con uno"),
    unverified_drop: M("Dejar entrar a la persona sin el correo"),
    unverified_keep: M(
        "Conservarlo, marcado como no verificado: quien lleva el proveedor de identidad puede escribir cualquiera",
    ),
    email_domains: M("Dominios por los que puede responder este proveedor de identidad"),
    email_domains_hint: M("Uno por línea. Vacío: todos los que la cuenta ha probado."),
    accepted_audiences: M("Audiencias que nos designan, además de nuestro ID de entidad"),
    accepted_audiences_hint: M(
        "Una por línea, tal como la envía el proveedor de identidad. Indique solo las suyas: se aceptaría un mensaje para la aplicación de otros con esa audiencia.",
    ),
    authn_contexts: M("Formas de iniciar sesión que se piden"),
    authn_contexts_hint: M(
        "Contextos de autenticación, uno por línea; un inicio de sesión debe tener uno de ellos. Vacío: cualquiera sirve.",
    ),
    binding: M("Cómo viajan nuestras peticiones"),
    binding_usual: M("Lo habitual: en la dirección si hay una para ello; si no, en un formulario"),
    binding_redirect: M("En la dirección (HTTP-Redirect)"),
    binding_post: M("En un formulario (HTTP-POST)"),
    save: M("Guardar el rigor"),
};
