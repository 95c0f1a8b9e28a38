<?php
$metadata = json_decode(file_get_contents(getenv('INTEROP_DIR') . '/applications.json'), true);
