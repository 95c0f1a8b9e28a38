<?php
$settings = json_decode(file_get_contents(getenv('INTEROP_DIR') . '/idp.json'), true);
$metadata[$settings['entityid']] = $settings;
