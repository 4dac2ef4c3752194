window.location.href = '/login?from=' + encodeURIComponent(location.pathname);
