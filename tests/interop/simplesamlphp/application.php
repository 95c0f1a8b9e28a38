<?php
// Reads a service provider's metadata on stdin with SimpleSAMLphp's own parser and prints what it made of it as JSON.
require '/usr/share/simplesamlphp/lib/_autoload.php';
$entity = SimpleSAML\Metadata\SAMLParser::parseString(stream_get_contents(STDIN));
echo json_encode($entity->getMetadata20SP(), JSON_THROW_ON_ERROR);
