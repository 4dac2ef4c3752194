import sanitizeHtml from 'sanitize-html';

export const Body = ({ html }: { html: string }) => (
  <div dangerouslySetInnerHTML={{ __html: sanitizeHtml(html) }} />
);
