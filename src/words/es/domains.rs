//! Los textos sobre los dominios de correo.

use super::M;
use crate::words::DomainsText;

pub(super) const DOMAINS: DomainsText = DomainsText {
    more: M("Más dominios"),
    guests_more: M("Más invitados"),
    nav: M("Dominios"),
    title: M("Dominios de correo"),
    lead: M(
        "Demuestre que un dominio es suyo. Entonces, quien escriba una dirección de ese dominio irá a su inicio de sesión, y sus direcciones contarán como verificadas. Nadie más podrá tenerlo.",
    ),
    none: M("Todavía no se ha reclamado ningún dominio."),
    name: M("Dominio"),
    claim: M("Reclamar un dominio"),
    claim_hint: M("Lo que va detrás de la @ en las direcciones de su gente, por ejemplo escuela.example."),
    claim_button: M("Reclamarlo"),
    state_pending: M("Aún sin demostrar"),
    state_proved: M("Demostrado"),
    by_dns: M("por su registro DNS"),
    by_operator: M("por la palabra de la plataforma: {reason}"),
    proved_at: M("desde"),
    missing: M(
        "El registro DNS ya no está. Vuelva a ponerlo antes del {date}: pasado ese día, el dominio no cuenta como suyo.",
    ),
    record: M("El registro DNS que hay que poner"),
    record_lead: M(
        "Añada este registro donde se administra el DNS del dominio. Debe quedarse ahí: se mira cada semana.",
    ),
    record_name: M("Nombre (host)"),
    record_value: M("Valor"),
    record_type: M("Tipo"),
    check: M("Comprobar ahora"),
    checked_at: M("Comprobado el"),
    never_checked: M("Todavía no se ha mirado en el DNS."),
    next_check: M("próxima comprobación"),
    sight_proof: M("El registro está."),
    sight_other_values: M(
        "En {name} hay registros TXT, pero ninguno es el que hay que poner. Compare el valor carácter por carácter; un registro anterior tiene otro valor.",
    ),
    sight_misplaced: M(
        "El valor es correcto, pero está en {found}. Debe estar en {name}. Muchos formularios completan el nombre solos: escriba ahí solo _gatepost-challenge.",
    ),
    sight_no_record: M(
        "Todavía no hay ningún registro TXT en {name}. Póngalo, o espere: un registro nuevo puede tardar de un minuto a una hora en verse, y más si antes había otro.",
    ),
    sight_no_name: M("El DNS no conoce el dominio {domain}. ¿Está bien escrito y está registrado?"),
    sight_no_answer: M(
        "Los servidores de nombres de {domain} no responden, o no de forma útil. Inténtelo más tarde; si sigue igual, pregunte a quien administra el DNS del dominio.",
    ),
    seen_values: M("Lo que hay ahí"),
    route: M("Su gente inicia sesión con"),
    route_hint: M("Para quien escriba una dirección del dominio."),
    route_any: M("La única, o a elección"),
    route_save: M("Guardar"),
    route_label: M("Guardar cómo inicia sesión la gente de {domain}"),
    remove: M("Renunciar"),
    remove_label: M("Renunciar a {domain}"),
    remove_hint: M(
        "Nadie llega a usted por un dominio al que renunció, y sus direcciones no cuentan como verificadas: las conexiones rechazan a quien tiene una, si no se configuran de otro modo.",
    ),
    others: M(
        "Lo reclamó un propietario de la cuenta, o un programa. Renuncia a él un propietario, en la consola.",
    ),
    prove: M("Responder por un dominio"),
    prove_lead: M("Para operadores: el dominio cuenta como demostrado por su palabra, sin registro DNS."),
    prove_reason: M("Cómo sabe que es suyo"),
    prove_button: M("Responder por él"),
    guests: M("Invitados"),
    guests_lead: M(
        "Cuando hay un dominio demostrado, las conexiones pueden rechazar otras direcciones. Las direcciones de aquí entran de todos modos.",
    ),
    guests_none: M("No entra ninguna dirección suelta."),
    guest_email: M("Dirección de correo"),
    guest_reason: M("Motivo"),
    guest_add: M("Dejarla entrar"),
    guest_remove_label: M("Quitar a {email}"),
    setup_lead: M("Demuestre qué dominios de correo son de {account}."),
    setup_back: M("Volver a lo que hay que configurar"),
    mail_missing_subject: M("El registro DNS de su dominio ha desaparecido"),
    mail_missing: M(
        "El registro DNS que demuestra que {domain} pertenece a {account} ya no está.\n\nVuelva a ponerlo antes del {date}; pasado ese día, el dominio no cuenta como suyo: su gente no llega a su inicio de sesión y sus direcciones no cuentan como verificadas: una conexión que rechaza esas direcciones, como es habitual, ya no las deja entrar.\n\nTipo: TXT\nNombre: {record}\nValor: {value}\n\nDespués pulse «Comprobar ahora»:\n\n{page}",
    ),
    mail_lost_subject: M("Su dominio ya no cuenta"),
    mail_lost: M(
        "El registro DNS de {domain} falta desde hace dos semanas, así que el dominio ya no cuenta como uno de {account}: su gente no llega a su inicio de sesión y sus direcciones no cuentan como verificadas: una conexión que rechaza esas direcciones, como es habitual, ya no las deja entrar.\n\nPara recuperarlo, ponga este registro:\n\nTipo: TXT\nNombre: {record}\nValor: {value}\n\nDespués pulse «Comprobar ahora»:\n\n{page}",
    ),
};
