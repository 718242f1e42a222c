<?php

/**
 * Takes from the proxy in front who comes: Remote-User, Remote-Groups, Remote-Email, Remote-Name.
 * Only the proxy may reach this web server, as whoever does may say who they are.
 */
class auth_plugin_authproxy extends DokuWiki_Auth_Plugin
{
    public function __construct()
    {
        parent::__construct();
        $this->cando['external'] = true;
        $this->cando['logout'] = true;
    }

    /** Said anew with every request: what the wiki's own session remembers of somebody counts for nothing. */
    public function trustExternal($user, $pass, $sticky = false)
    {
        global $USERINFO, $INPUT;
        $name = $INPUT->server->str('HTTP_REMOTE_USER');
        if ($name === '') {
            $INPUT->server->remove('REMOTE_USER');
            return false;
        }
        $groups = $INPUT->server->str('HTTP_REMOTE_GROUPS');
        $USERINFO = [
            'name' => $INPUT->server->str('HTTP_REMOTE_NAME') ?: $name,
            'mail' => $INPUT->server->str('HTTP_REMOTE_EMAIL'),
            'grps' => $groups === '' ? [] : explode(',', $groups),
        ];
        $INPUT->server->set('REMOTE_USER', $name);
        return true;
    }

    /** The wiki signs out by a query, Doorward by a path. */
    public function logOff()
    {
        send_redirect('/signed-out');
    }
}
