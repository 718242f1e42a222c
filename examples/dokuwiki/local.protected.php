<?php
$conf['useacl'] = 1;
$conf['authtype'] = 'authproxy';
$conf['superuser'] = '@admin';
// What only makes sense with passwords of the wiki's own.
$conf['disableactions'] = 'register,resendpwd,profile,profile_delete';
