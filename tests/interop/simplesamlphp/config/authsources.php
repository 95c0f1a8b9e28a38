<?php
$config = [
    'people' => [
        'exampleauth:UserPass',
        'ada:lovelace' => [
            'uid' => ['ada'],
            'mail' => ['ada@lincoln.example'],
            'givenName' => ['Ada <&> Ä'],
            'sn' => ['Lovelace'],
            'eduPersonPrincipalName' => ['ada@lincoln.example'],
            'eduPersonAffiliation' => ['member', 'staff'],
        ],
        'grace:hopper' => [
            'uid' => ['grace'],
            'mail' => ['grace@lincoln.example'],
            'eduPersonPrincipalName' => ['grace@lincoln.example'],
        ],
    ],
];
