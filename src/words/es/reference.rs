//! The reference page of the REST API, in Spanish. What is in it is made of the code, and English.

use crate::words::{Message as M, ReferenceText};

/// The texts.
pub const REFERENCE: ReferenceText = ReferenceText {
    title: M("API REST"),
    lead: M(
        "Los programas llevan una clave: Authorization: Bearer gatepost_…. Los propietarios crean claves en la consola; los \
         operadores, en la línea de comandos. Los cuerpos y las respuestas son JSON. Las listas van por páginas: vuelva a \
         preguntar con el next_cursor de la respuesta hasta que no haya más. Para crear algo una sola vez aunque la petición \
         se envíe varias, déle un nombre con Idempotency-Key. Un cambio dice con If-Match qué quiere cambiar. Lo que sigue \
         se genera del código y está en inglés.",
    ),
    document: M("El documento OpenAPI"),
    contents: M("Contenido"),
    scope: M("Ámbito"),
    statuses: M("Estados"),
    parameters: M("Parámetros"),
    required: M("obligatorio"),
    body: M("Lo que recibe"),
    answer: M("Lo que devuelve"),
    problems: M("Problemas"),
    problems_lead: M(
        "Lo que no sale bien se responde como application/problem+json. El tipo dice de qué clase de problema se trata y \
         lleva aquí; detail dice qué falla esta vez, y errors qué campos.",
    ),
};
